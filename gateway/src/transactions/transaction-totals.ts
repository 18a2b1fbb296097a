import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Pool } from 'pg';
import { patientRead } from '../storage/patient-read.js';
import type { Reader } from '../storage/whose.js';
import { type TotalChunk, type TotalSequence, totalSequences } from './total-chunks.js';
import type { TransactionFilters } from './transaction-filters.js';

export interface TransactionTotals {
  count: number;
  /** Ten-thousandths that moved. */
  sumByCurrency: Map<string, bigint>;
  /** Otherwise the time was over: what was added up are the newest. */
  complete: boolean;
}

export interface AddedUp {
  reader: Reader;
  filters: TransactionFilters;
  /** After each chunk. */
  rest?(workedMs: number): Promise<void>;
}

/** Adds up what the filters choose, in short chunks, for so long and no longer. */
export async function addUpTransactions(
  database: Pool,
  chosen: AddedUp,
  msMax: number,
  signal: AbortSignal,
): Promise<TransactionTotals> {
  const overdue = AbortSignal.timeout(msMax);
  const either = AbortSignal.any([signal, overdue]);
  const totals: TransactionTotals = { count: 0, sumByCurrency: new Map(), complete: false };
  try {
    const sequences = await patientRead(() => totalSequences(database, chosen.reader, chosen.filters), either);
    for (const sequence of sequences) await addSequence(sequence, totals, chosen, either);
    totals.complete = true;
  } catch (error) {
    if (!overdue.aborted || signal.aborted) throw error;
  }
  return totals;
}

async function addSequence(
  sequence: TotalSequence,
  totals: TransactionTotals,
  { rest }: AddedUp,
  signal: AbortSignal,
): Promise<void> {
  let position: string | null = null;
  do {
    const at: string | null = position;
    const begunMs = performance.now();
    const chunk: TotalChunk = await patientRead(() => sequence(at), signal);
    for (const { currency, count, moved } of chunk.rows) {
      totals.count += Number(count);
      if (moved === null) continue;
      totals.sumByCurrency.set(currency, (totals.sumByCurrency.get(currency) ?? 0n) + parseDecimal(moved));
    }
    position = chunk.next;
    if (rest && position !== null) await rest(performance.now() - begunMs);
  } while (position !== null);
}

export function totalsJson({ count, sumByCurrency, complete }: TransactionTotals, asOf: string): string {
  const sums = [...sumByCurrency].sort(([a], [b]) => (a < b ? -1 : 1));
  const formatted = sums.map(([currency, sum]) => [currency, formatMoney(sum, currency)]);
  return JSON.stringify({ count, sumByCurrency: Object.fromEntries(formatted), asOf, complete });
}
