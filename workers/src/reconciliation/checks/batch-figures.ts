import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { movesMoney, type TransactionKind } from '@smart-wallet/engine/contract/transaction-kind.js';
import { type Break, countBreak, moneyBreak } from '../finding.js';
import type { BatchRow } from '../reads/batch-rows.js';
import type { TransactionRow } from '../reads/transaction-rows.js';

/** What the boards, digests and alerts count from a batch is what its transactions say. Each figure that is not is named. */
export function checkBatchFigures(batch: BatchRow, transactions: readonly TransactionRow[]): Break[] {
  const place = { engineId: batch.engineId, batchSeq: batch.batchSeq };
  const expected = figuresOf(transactions);
  const said = saidFigures(batch.figures);
  const breaks: Break[] = [];
  for (const name of [...new Set([...expected.keys(), ...said.keys()])].sort()) {
    // Older batches do not count by currency.
    if (name.startsWith('countByCurrency.') && !('countByCurrency' in batch.figures)) continue;
    const values = { what: name, expected: expected.get(name) ?? 0n, found: said.get(name) ?? 0n };
    if (values.expected === values.found) continue;
    const [, currency] = /^sumByCurrency\.(.*)$/.exec(name) ?? [];
    breaks.push(
      currency === undefined
        ? countBreak('BATCH_FIGURES', place, values)
        : moneyBreak('BATCH_FIGURES', place, { ...values, currency }),
    );
  }
  const waited = {
    what: 'latency',
    // Nobody waits for an expiry.
    expected: BigInt(transactions.filter(({ kind }) => kind !== 'EXPIRY').length),
    found: BigInt(batch.latency.reduce((sum, count) => sum + count, 0)),
  };
  if (waited.expected !== waited.found) breaks.push(countBreak('BATCH_FIGURES', place, waited));
  return breaks;
}

/** Numbers by their path; sums in ten-thousandths. */
function figuresOf(transactions: readonly TransactionRow[]): Map<string, bigint> {
  const figures = new Map<string, bigint>([
    ['succeeded', 0n],
    ['failed', 0n],
  ]);
  const add = (name: string, n: bigint) => figures.set(name, (figures.get(name) ?? 0n) + n);
  for (const { status, kind, currency, amount, failureCode } of transactions) {
    if (status !== 'SUCCESS') {
      add('failed', 1n);
      add(`failuresByCode.${failureCode}`, 1n);
      continue;
    }
    add('succeeded', 1n);
    if (movesMoney[kind as TransactionKind] !== true) continue;
    add(`countByKind.${kind}`, 1n);
    add(`countByCurrency.${currency}`, 1n);
    add(`sumByCurrency.${currency}`, parseDecimal(amount));
  }
  return figures;
}

const counted = ['failuresByCode', 'countByKind', 'countByCurrency', 'sumByCurrency'];

function saidFigures(figures: Readonly<Record<string, unknown>>): Map<string, bigint> {
  const said = new Map<string, bigint>();
  for (const name of ['succeeded', 'failed']) said.set(name, wholeOf(figures[name]));
  for (const group of counted) {
    for (const [name, value] of Object.entries(figures[group] ?? {})) said.set(`${group}.${name}`, wholeOf(value));
  }
  return said;
}

/** What is no number is found as -1: that is never right. */
function wholeOf(value: unknown): bigint {
  const text = String(value ?? '');
  return /^-?\d{1,40}$/.test(text) ? BigInt(text) : -1n;
}
