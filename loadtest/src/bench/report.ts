import { caseNames, caseTexts } from './cases.js';
import { cpuText, type Figures, type Row } from './measurement.js';
import { targetRatios } from './target-ratios.js';
import { workloads, workloadTexts } from './workload.js';

export function jsonReport(machine: string, figures: Figures): { machine: string; rows: Row[] } {
  return { machine, rows: sorted(figures.rows) };
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
  lines.push('', legend(figures));
  const ratios = targetRatios(figures);
  if (ratios.length > 0) lines.push('', `${'ratio'.padEnd(44)}${'measured'.padStart(10)}  target`);
  for (const { name, value, target, most } of ratios) {
    const met = most ? value <= target : value >= target;
    lines.push(
      `${name.padEnd(44)}${value.toFixed(2).padStart(10)}  ${most ? '≤' : '≥'} ${target.toFixed(1)}${met ? '   met' : ''}`,
    );
  }
  lines.push(
    '',
    'The figures depend on the machine and on what else runs on it: for ratios to compare, run all rounds on an idle one.',
  );
  return lines.join('\n');
}

/** Of what was measured only. */
function legend({ rows, openLoop }: Figures): string {
  const measured = <T extends string>(texts: Record<T, string>, name: (row: Row) => T) =>
    Object.fromEntries(Object.entries<string>(texts).filter(([key]) => rows.some((row) => name(row) === key)));
  return [
    explained(measured(caseTexts, (row) => row.case)),
    ...(openLoop.length > 0 ? ['  http at N/s: single payments at even times, 70 % of the peak'] : []),
    explained(measured(workloadTexts, (row) => row.workload)),
    '  CPU µs     of all processes but the load generator, a payment',
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
