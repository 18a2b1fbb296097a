import { cpuText } from '../measurement.js';
import { explained } from '../report.js';
import { median, type Spread, spreadOf } from '../spread.js';
import { type Target, targetLines, targetsJson } from '../targets.js';
import { type GrownPair, type GrownResult, type Ledger, type Moment, momentNames, type ReadFigures } from './grown.js';
import { auditedWholeMax } from './grown-audit.js';
import { readTexts } from './reads.js';

const readMsMax = 50;
const rateRatioMin = 0.9;

/** One case over its pairs: medians of each ledger, and the pairs' own ratios. */
interface GrownCase {
  moment: Moment;
  case: string;
  connections: number;
  /** grown / empty. */
  paymentsPerSecond: Spread;
  figures: Record<
    Ledger,
    Record<'paymentsPerSecond' | 'p50Ms' | 'p99Ms' | 'walBytes' | 'pagesWhole' | 'pagesRead', number>
  >;
  cpuMicrosPerPayment: Record<Ledger, number | null>;
}

export function grownCases(pairs: readonly GrownPair[]): GrownCase[] {
  return [...Map.groupBy(pairs, ({ moment, grown }) => `${moment} ${grown.case} ${grown.connections}`).values()].map(
    (group) => {
      const [{ moment, grown: first }] = group as [GrownPair, ...GrownPair[]];
      const { case: name, connections } = first;
      const of = (ledger: Ledger) => {
        const all = group.map((pair) => pair[ledger]);
        return {
          paymentsPerSecond: median(all.map((m) => m.paymentsPerSecond)),
          p50Ms: median(all.map((m) => m.p50Ms)),
          p99Ms: median(all.map((m) => m.p99Ms)),
          walBytes: median(all.map((m) => m.storage.walBytes)),
          pagesWhole: median(all.map((m) => m.storage.pagesWhole)),
          pagesRead: median(all.map((m) => m.storage.pagesRead)),
        };
      };
      const cpuOf = (ledger: Ledger) => {
        const all = group.flatMap((pair) => pair[ledger].cpuMicrosPerPayment ?? []);
        return all.length === group.length ? median(all) : null;
      };
      return {
        moment,
        case: name,
        connections,
        paymentsPerSecond: spreadOf(group.map(({ grown, empty }) => grown.paymentsPerSecond / empty.paymentsPerSecond)),
        figures: { grown: of('grown'), empty: of('empty') },
        cpuMicrosPerPayment: { grown: cpuOf('grown'), empty: cpuOf('empty') },
      };
    },
  );
}

/** Right after a checkpoint is told, not judged: it is a few minutes of many. */
export function grownTargets(cases: readonly GrownCase[], reads: readonly ReadFigures[]): Target[] {
  return [
    ...cases
      .filter(({ moment }) => moment === 'use')
      .map(
        (each): Target => ({
          name: `${each.case}, ${each.connections} connections, in use: payments/s, grown / empty`,
          value: each.paymentsPerSecond.median,
          bound: rateRatioMin,
          at: 'least',
        }),
      ),
    ...reads.map(
      ({ read, p99Ms }): Target => ({ name: `${read}: p99`, value: p99Ms, bound: readMsMax, at: 'most', unit: 'ms' }),
    ),
  ];
}

export function grownReport(machine: string, result: GrownResult): string {
  const cases = grownCases(result.pairs);
  const both = (of: (ledger: Ledger) => string) => `${of('grown')} / ${of('empty')}`;
  const rows = cases.map(({ moment, figures, cpuMicrosPerPayment: cpu, paymentsPerSecond, ...each }) => [
    momentNames[moment],
    each.case,
    String(each.connections),
    paymentsPerSecond.median.toFixed(2),
    `${paymentsPerSecond.min.toFixed(2)} – ${paymentsPerSecond.max.toFixed(2)}`,
    both((ledger) => figures[ledger].p50Ms.toFixed(1)),
    both((ledger) => cpuText(cpu[ledger])),
    both((ledger) => (figures[ledger].walBytes / 1_000).toFixed(1)),
    both((ledger) => figures[ledger].pagesWhole.toFixed(2)),
    both((ledger) => figures[ledger].pagesRead.toFixed(2)),
  ]);
  const head = [
    'moment',
    'case',
    'connections',
    'payments/s',
    'min – max',
    'p50 ms',
    'CPU µs',
    'log kB',
    'whole pages',
    'pages read',
  ];
  const extent = result.payments <= auditedWholeMax ? 'the whole audit' : 'balances against entries, and totals';
  return [
    machine,
    `${result.payments.toLocaleString('en')} payments, filled in ${result.fillSeconds.toFixed(0)} s: ${(result.bytes / 1e9).toFixed(2)} GB`,
    '',
    ...[head, ...rows].map((columns) =>
      columns
        .map((text, i) => pad(text, i))
        .join('')
        .trimEnd(),
    ),
    '',
    '  payments/s   grown / empty: the median of the pairs; all else is grown / empty, a payment',
    `  in use       after ${result.settlePayments.toLocaleString('en')} payments more`,
    '  whole pages  that the log holds: changed for the first time since the checkpoint before the warm-up',
    '  pages read   that were not in the memory of Postgres (shared_buffers)',
    '',
    `${'read'.padEnd(12)}${['pages', 'pages/s', 'p50 ms', 'p99 ms'].map((text) => text.padStart(12)).join('')}`,
    ...result.reads.map(({ read, pages, pagesPerSecond, p50Ms, p99Ms }) => {
      const cells = [String(pages), String(pagesPerSecond), p50Ms.toFixed(1), p99Ms.toFixed(1)];
      return `${read.padEnd(12)}${cells.map((text) => text.padStart(12)).join('')}`;
    }),
    '',
    explained(readTexts),
    '',
    ...targetLines(grownTargets(cases, result.reads)),
    '',
    `The books of both (of the grown one: ${extent}): ${result.booksBalance ? 'balance' : 'DO NOT BALANCE'}.`,
  ].join('\n');
}

export function grownJson(machine: string, result: GrownResult): object {
  const cases = grownCases(result.pairs);
  return { machine, ...result, cases, targets: targetsJson(grownTargets(cases, result.reads)) };
}

function pad(text: string, column: number): string {
  if (column < 2) return text.padEnd(column === 0 ? 20 : 10);
  return text.padStart(column < 5 ? 13 : 17);
}
