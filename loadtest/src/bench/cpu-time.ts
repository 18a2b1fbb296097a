import { readdirSync, readFileSync } from 'node:fs';
import { type ByPart, type PartPids, parts } from './cpu-by-part.js';

/** Linux counts a process's time in hundredths of a second. */
export const tickMs = 10;

/**
 * CPU time that each part's processes and all their descendants have used so far, in milliseconds; ended children count with
 * the parent that waited for them. null when a process does not run here, or where there is no /proc to read.
 */
export function cpuOf(pids: PartPids): ByPart<number> | null {
  const processes = readProcesses();
  return processes && cpuOfParts(processes, pids);
}

/** As `cpuOf`, of processes by their ids. */
export function cpuOfParts(processes: ReadonlyMap<number, Process>, pids: PartPids): ByPart<number> | null {
  const times: ByPart<number> = {};
  for (const part of parts) {
    const own = pids[part];
    if (own === undefined) continue;
    if (own.includes(null)) return null;
    times[part] = cpuTimeMs(processes, new Set(own as number[]));
  }
  return times;
}

function cpuTimeMs(processes: ReadonlyMap<number, Process>, pids: ReadonlySet<number>): number {
  let ticks = 0;
  for (const [pid, { ownTicks, endedTicks }] of processes) {
    if (pids.has(pid)) ticks += ownTicks + endedTicks;
    else if (hasAncestor(processes, pid, pids)) ticks += ownTicks;
  }
  return ticks * tickMs;
}

export interface Process {
  parent: number;
  ownTicks: number;
  /** Of its children that ended. */
  endedTicks: number;
}

/** null where there is no /proc to read. */
export function readProcesses(): Map<number, Process> | null {
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

function hasAncestor(processes: ReadonlyMap<number, Process>, pid: number, ancestors: ReadonlySet<number>): boolean {
  let at = processes.get(pid)?.parent ?? 0;
  for (let depth = 0; at > 1 && depth < 20; depth += 1) {
    if (ancestors.has(at)) return true;
    at = processes.get(at)?.parent ?? 0;
  }
  return false;
}
