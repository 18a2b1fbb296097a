import type { CaseName } from './bench.js';
import type { Workload } from './workload.js';

/** One case in one round. */
export interface Measurement {
  case: CaseName;
  workload: Workload;
  connections: number;
  paymentsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Of all processes but the load generator, warm-up included; null where it cannot be read. */
  cpuMicrosPerPayment: number | null;
  /** Payments told to have succeeded, warm-up included. */
  acknowledged: number;
  booksBalance: boolean;
}

export type Row = Omit<Measurement, 'acknowledged'>;

export interface Figures {
  rows: Row[];
  openLoop: {
    workload: Workload;
    rate: number;
    paymentsPerSecond: number;
    p50Ms: number;
    p99Ms: number;
    booksBalance: boolean;
  }[];
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Of one case's rounds. */
export function medianRow(rounds: Measurement[]): Row {
  const { case: name, workload, connections } = rounds[0] as Measurement;
  return {
    case: name,
    workload,
    connections,
    paymentsPerSecond: Math.round(median(rounds.map((m) => m.paymentsPerSecond))),
    p50Ms: round(median(rounds.map((m) => m.p50Ms))),
    p99Ms: round(median(rounds.map((m) => m.p99Ms))),
    cpuMicrosPerPayment: medianOrNull(rounds.map((m) => m.cpuMicrosPerPayment)),
    booksBalance: rounds.every((m) => m.booksBalance),
  };
}

function medianOrNull(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? Math.round(median(known)) : null;
}

export function cpuText(micros: number | null): string {
  return micros === null ? '–' : String(Math.round(micros));
}

export function jsonReport(machine: string, figures: Figures): { machine: string; rows: Row[] } {
  return { machine, rows: sorted(figures.rows) };
}

export const caseTexts: Record<CaseName, string> = {
  raw: 'the same rows by one hand-tuned statement a batch of 500, two connections, no protocol',
  plan: 'an interactive transaction per payment under a Redis lock, behind bare Fastify, 64 connections',
  engine: 'two engines, called over NATS',
  httpBatch: 'batches of 100 through the gateway, 8 connections',
  http: 'single payments through the gateway, 64 and 256 connections; "at N/s": at even times, 70 % of the peak',
};
export const workloadTexts: Record<Workload, string> = {
  uniform: 'from any of 100,000 wallets to any other',
  merchant: '80 % of the payments go to one wallet',
  pair: 'all payments go from one wallet to one other',
};

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
  const ratios = ratiosOf(figures);
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
function legend({ rows }: Figures): string {
  const measured = <T extends string>(texts: Record<T, string>, name: (row: Row) => T) =>
    Object.fromEntries(Object.entries<string>(texts).filter(([key]) => rows.some((row) => name(row) === key)));
  return [
    explained(measured(caseTexts, (row) => row.case)),
    explained(measured(workloadTexts, (row) => row.workload)),
    '  CPU µs     of all processes but the load generator, a payment',
    '  books      recomputed from the tables after every round',
  ].join('\n');
}

interface Ratio {
  name: string;
  value: number;
  target: number;
  most?: boolean;
}

function ratiosOf({ rows, openLoop }: Figures): Ratio[] {
  const best = (name: CaseName, workload: Workload) =>
    Math.max(
      ...rows.filter((row) => row.case === name && row.workload === workload).map((row) => row.paymentsPerSecond),
    );
  const ratios: Ratio[] = [
    { name: 'engine / raw, uniform', value: best('engine', 'uniform') / best('raw', 'uniform'), target: 0.7 },
    { name: 'httpBatch / raw, uniform', value: best('httpBatch', 'uniform') / best('raw', 'uniform'), target: 0.5 },
    { name: 'http / plan, uniform', value: best('http', 'uniform') / best('plan', 'uniform'), target: 6 },
    { name: 'engine: merchant / uniform', value: best('engine', 'merchant') / best('engine', 'uniform'), target: 1.1 },
    { name: 'engine: pair / uniform', value: best('engine', 'pair') / best('engine', 'uniform'), target: 1.8 },
    ...openLoop.map(({ workload, p50Ms, p99Ms }) => ({
      name: `http at 70 % of its peak, ${workload}: p99 / p50`,
      value: p99Ms / p50Ms,
      target: 5,
      most: true,
    })),
  ];
  return ratios.filter(({ value }) => Number.isFinite(value) && value > 0);
}

const caseOrder: CaseName[] = ['raw', 'plan', 'engine', 'httpBatch', 'http'];
const workloadOrder: Workload[] = ['uniform', 'merchant', 'pair'];

function sorted(rows: Row[]): Row[] {
  const rank = (row: Row) =>
    caseOrder.indexOf(row.case) * 10_000 + row.connections * 10 + workloadOrder.indexOf(row.workload);
  return [...rows].sort((a, b) => rank(a) - rank(b));
}

function line(...columns: (string | number)[]): string {
  const [name, workload, ...rest] = columns.map(String) as [string, string, ...string[]];
  return `${name.padEnd(18)}${workload.padEnd(10)}${rest.map((text) => text.padStart(12)).join('')}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
