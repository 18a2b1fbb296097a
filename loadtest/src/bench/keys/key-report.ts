import type { KeyCost } from './key-bench.js';

const head = ['keys', 'table MB', 'index MB', 'compression', 'µs', 'log bytes', 'pages', 'µs', 'log bytes', 'pages'];
const widths = [6, 11, 11, 14, 12, 12, 9, 12, 12, 9];

export function keyReport(machine: string, costs: KeyCost[]): string {
  const rows = costs.map(({ millions, table, compression, payment, key }) => [
    `${millions} M`,
    (table.tableBytes / 2 ** 20).toFixed(0),
    (table.indexBytes / 2 ** 20).toFixed(0),
    compression,
    ...[payment, key].flatMap(({ micros, walBytes, pagesWhole }) => [
      micros.toFixed(0),
      walBytes.toFixed(0),
      pagesWhole.toFixed(2),
    ]),
  ]);
  return [
    machine,
    '',
    `${''.padEnd(42)}${'a payment'.padStart(33)}${'its key alone'.padStart(33)}`,
    ...[head, ...rows].map((columns) => columns.map((text, i) => text.padStart(widths[i] ?? 0)).join('')),
    '',
    '  20,000 of each, in calls of 500 on one connection, right after a checkpoint: the dearest moment',
    '  µs         from call to answer: compare within this table only',
    '  log bytes  what was written to the write-ahead log',
    '  pages      how many pages it holds whole, as they were touched for the first time since the checkpoint',
  ].join('\n');
}
