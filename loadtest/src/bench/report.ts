import { caseNames, caseTexts } from './cases.js';
import { type Part, parts, percentOfCore } from './cpu-by-part.js';
import { cpuText, type Figures, type Row } from './measurement.js';
import { targetRatios } from './target-ratios.js';
import { targetLines, targetsJson } from './targets.js';
import { workloads, workloadTexts } from './workload.js';

export function jsonReport(machine: string, figures: Figures): object {
  const rows = sorted(figures.rows).map((row) => ({ ...row, cpuPercentOfCoreByPart: percents(row) }));
  return { machine, rows, openLoop: figures.openLoop, targets: targetsJson(targetRatios(figures)) };
}

/** Indented lines, the names in one column. */
export function explained(texts: Partial<Record<string, string>>): string {
  return Object.entries(texts)
    .map(([name, text]) => `  ${name.padEnd(11)}${text}`)
    .join('\n');
}

export function tableReport(machine: string, figures: Figures): string {
  const lines = [
    machine,
    '',
    line('case', 'workload', 'connections', 'payments/s', 'p50 ms', 'p99 ms', 'CPU µs', 'books'),
  ];
  for (const row of sorted(figures.rows)) {
    const books = row.booksBalance ? 'balance' : 'DO NOT BALANCE';
    lines.push(
      line(
        row.case,
        row.workload,
        row.connections,
        row.paymentsPerSecond,
        row.p50Ms.toFixed(1),
        row.p99Ms.toFixed(1),
        cpuText(row.cpuMicrosPerPayment),
        books,
      ),
    );
  }
  for (const run of figures.openLoop) {
    const books = run.booksBalance ? 'balance' : 'DO NOT BALANCE';
    const name = `http at ${Math.round(run.rate)}/s`;
    lines.push(
      line(
        name,
        run.workload,
        256,
        Math.round(run.paymentsPerSecond),
        run.p50Ms.toFixed(1),
        run.p99Ms.toFixed(1),
        '',
        books,
      ),
    );
  }
  lines.push('', legend(figures), ...cpuLines(sorted(figures.rows)));
  const targets = targetLines(targetRatios(figures));
  if (targets.length > 0) lines.push('', ...targets);
  lines.push(
    '',
    'The figures depend on the machine and on what else runs on it: for ratios to compare, run all rounds on an idle one.',
  );
  return lines.join('\n');
}

/** Where the CPU goes: of each process, a payment and in percent of a core. */
function cpuLines(rows: Row[]): string[] {
  const known = rows.filter((row) => row.cpuMicrosByPart !== null);
  const seen = parts.filter((part) => known.some((row) => row.cpuMicrosByPart?.[part] !== undefined));
  if (known.length === 0) return [];
  const cell = (row: Row, part: Part) => {
    const micros = row.cpuMicrosByPart?.[part];
    return micros === undefined ? '' : `${micros} (${percentOfCore(micros, row.paymentsPerSecond)} %)`;
  };
  return [
    '',
    'CPU µs a payment, and percent of a core',
    line('case', 'workload', 'connections', ...seen),
    ...known.map((row) => line(row.case, row.workload, row.connections, ...seen.map((part) => cell(row, part)))),
  ];
}

function percents(row: Row): Partial<Record<Part, number>> | null {
  if (row.cpuMicrosByPart === null) return null;
  const entries = Object.entries(row.cpuMicrosByPart);
  return Object.fromEntries(entries.map(([part, micros]) => [part, percentOfCore(micros, row.paymentsPerSecond)]));
}

/** Of what was measured only. */
function legend({ rows, openLoop }: Figures): string {
  const measured = <T extends string>(texts: Record<T, string>, name: (row: Row) => T) =>
    Object.fromEntries(Object.entries<string>(texts).filter(([key]) => rows.some((row) => name(row) === key)));
  return [
    explained(measured(caseTexts, (row) => row.case)),
    ...(openLoop.length > 0 ? ['  http at N/s: single payments at even times, 70 % of the peak'] : []),
    explained(measured(workloadTexts, (row) => row.workload)),
    '  CPU µs     of all processes but the load generator, a payment (mixed: a request)',
    '  books      recomputed from the tables after every round',
  ].join('\n');
}

function sorted(rows: Row[]): Row[] {
  const rank = (row: Row) =>
    caseNames.indexOf(row.case) * 10_000 + row.connections * 10 + workloads.indexOf(row.workload);
  return [...rows].sort((a, b) => rank(a) - rank(b));
}

function line(...columns: (string | number)[]): string {
  const [name, workload, ...rest] = columns.map(String) as [string, string, ...string[]];
  return `${name.padEnd(18)}${workload.padEnd(10)}${rest.map((text) => text.padStart(12)).join('')}`;
}
