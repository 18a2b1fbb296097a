import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Stretch, StretchAsked } from './reads/entry-stretches.js';
import type { WalletRow } from './reads/wallet-rows.js';

/** A wallet whose entries are gone through, from the newest down, and what those so far add up to. Kept as JSON between chunks. */
export interface WalletSum {
  readonly row: WalletRow;
  /** The next stretch ends here; null: no more are needed. */
  readonly toNo: string | null;
  readonly total: string;
  readonly beyond: string;
  readonly dayOut: string;
  readonly dayIn: string;
  readonly lastDay: number | null;
  /** The balance before all that was gone through. */
  readonly opening: string;
  /** An entry was there. */
  readonly isSeen?: boolean;
}

export function openSum(row: WalletRow): WalletSum {
  const highest = highestOf(row);
  const none = { total: '0', beyond: '0', dayOut: '0', dayIn: '0', lastDay: null, opening: '0' };
  return { row, toNo: highest === '0' ? null : highest, ...none };
}

function highestOf({ currency, lastNo, entryNo }: WalletRow): string {
  return currency === null || BigInt(lastNo) < BigInt(entryNo) ? lastNo : entryNo;
}

/**
 * The next stretches of as many wallets as fit into a chunk, about; a large wallet by itself. Of each what is new. Below that, an incremental run
 * looks for the day of the counters: a few first, and twice as many each time, or a hundred wallets with one new entry each would
 * be a hundred chunks.
 */
export function nextStretches(open: readonly WalletSum[], size: number, openMax: number): StretchAsked[] {
  const few = Math.max(1, Math.floor(size / openMax));
  const asked: StretchAsked[] = [];
  let room = size;
  for (const sum of open) {
    const toNo = BigInt(sum.toNo as string);
    const fresh = Number(toNo - BigInt(sum.row.fromNo)) + 1;
    const before = Number(BigInt(highestOf(sum.row)) - toNo);
    const entries = Math.min(size, Math.max(fresh, few, before));
    if (asked.length > 0 && entries > room) break;
    asked.push(nextStretch(sum, entries));
    room -= entries;
  }
  return asked;
}

/** The next stretch of a wallet, of so many entries at most. */
function nextStretch({ row, toNo }: WalletSum, entriesMax: number): StretchAsked {
  const highest = BigInt(toNo as string);
  const lowest = highest - BigInt(entriesMax) + 1n;
  return { walletId: row.walletId, fromNo: lowest > 1n ? lowest : 1n, toNo: highest, day: row.day };
}

/**
 * With one stretch more. It ends at the first entry; or, of an incremental run, where both what is new and the day of the counters are
 * behind it and the balance before is known; or where months were taken out of the ledger.
 */
export function addStretch(sum: WalletSum, asked: StretchAsked, stretch: Stretch, someArchived: boolean): WalletSum {
  const isFirst = asked.fromNo === 1n;
  const isArchived = someArchived && stretch.firstNo !== asked.fromNo.toString();
  const isEnough = stretch.opening !== null && asked.fromNo <= BigInt(sum.row.fromNo) && stretch.reachesBefore;
  // Only an entry that is there knows what was before it.
  const known = stretch.opening ?? (someArchived ? stretch.firstBefore : null);
  const ends = isFirst || isArchived || isEnough;
  return {
    row: sum.row,
    toNo: ends ? null : (asked.fromNo - 1n).toString(),
    total: plus(sum.total, stretch.total),
    beyond: plus(sum.beyond, stretch.beyond),
    dayOut: plus(sum.dayOut, stretch.dayOut),
    dayIn: plus(sum.dayIn, stretch.dayIn),
    lastDay: latest(sum.lastDay, stretch.lastDay),
    opening: isFirst && !isArchived ? '0' : (known ?? sum.opening),
    isSeen: sum.isSeen === true || stretch.entries !== '0',
  };
}

export function latest(one: number | null, other: number | null): number | null {
  return one === null || (other !== null && other > one) ? other : one;
}

/** Whole ten-thousandths, as text. */
function plus(sum: string, decimal: string): string {
  return (BigInt(sum) + parseDecimal(decimal)).toString();
}
