import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts a process's time in hundredths of a second. */
const tickMs = 10;

/**
 * CPU time that processes and all their descendants have used so far, in milliseconds; ended children count with the parent
 * that waited for them. null when one of them does not run here (null), or where there is no /proc to read.
 */
export function cpuOf(pids: readonly (number | null)[]): number | null {
  const own = pids.filter((pid) => pid !== null);
  return own.length === pids.length ? cpuTimeMs(own) : null;
}

function cpuTimeMs(pids: readonly number[]): number | null {
  const processes = readProcesses();
  if (!processes) return null;
  let ticks = 0;
  for (const [pid, { ownTicks, endedTicks }] of processes) {
    if (pids.includes(pid)) ticks += ownTicks + endedTicks;
    else if (hasAncestor(processes, pid, pids)) ticks += ownTicks;
  }
  return ticks * tickMs;
}

interface Process {
  parent: number;
  ownTicks: number;
  endedTicks: number;
}

function readProcesses(): Map<number, Process> | null {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return null;
  }
  const processes = new Map<number, Process>();
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      // The second field is the command in brackets and may hold anything; see proc(5) for the rest.
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const [parent = 0, userTicks = 0, systemTicks = 0] = [fields[1], fields[11], fields[12]];
      processes.set(Number(name), {
        parent,
        ownTicks: userTicks + systemTicks,
        endedTicks: (fields[13] ?? 0) + (fields[14] ?? 0),
      });
    } catch {
      // It ended meanwhile.
    }
  }
  return processes.size > 0 ? processes : null;
}

function hasAncestor(processes: Map<number, Process>, pid: number, ancestors: readonly number[]): boolean {
  let at = processes.get(pid)?.parent ?? 0;
  for (let depth = 0; at > 1 && depth < 20; depth += 1) {
    if (ancestors.includes(at)) return true;
    at = processes.get(at)?.parent ?? 0;
  }
  return false;
}
