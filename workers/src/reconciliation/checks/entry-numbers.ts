import { type Break, countBreak, otherBreak } from '../finding.js';
import type { Stretch, StretchAsked } from '../reads/entry-stretches.js';
import type { WalletRow } from '../reads/wallet-rows.js';

/** The last of a wallet's entries has the number that its row says. Both are of one moment. */
export function checkLastEntry({ walletId, currency, entryNo, lastNo }: WalletRow): Break[] {
  if (currency === null || entryNo === lastNo) return [];
  const numbers = { what: 'entryNo', expected: BigInt(lastNo), found: BigInt(entryNo) };
  return [countBreak('ENTRY_NUMBERS', { walletId }, numbers)];
}

/**
 * A wallet's entries are numbered 1 to n without a hole, each once, and later ones have higher numbers. Below the first that is there,
 * nothing is missed where months were taken out of the ledger.
 */
export function checkEntryNumbers(asked: StretchAsked, stretch: Stretch, someArchived: boolean): Break[] {
  const { walletId } = asked;
  const breaks: Break[] = [];
  const hole = (from: bigint, to: bigint) => {
    const what = from === to ? `entry ${from}` : `entries ${from} to ${to}`;
    breaks.push(countBreak('ENTRY_NUMBERS', { walletId }, { what, expected: to - from + 1n, found: 0n }));
  };
  const isBelowAll = (from: bigint) => someArchived && from === asked.fromNo;
  const last =
    stretch.lastNo === null || BigInt(stretch.lastNo) < asked.fromNo ? asked.fromNo - 1n : BigInt(stretch.lastNo);
  if (last < asked.toNo && !isBelowAll(last + 1n)) hole(last + 1n, asked.toNo);
  for (const entry of stretch.broken ?? []) {
    const { transactionId } = entry;
    const no = BigInt(entry.no);
    const before =
      entry.noBefore === null ? (no === asked.fromNo ? no - 1n : asked.fromNo - 1n) : BigInt(entry.noBefore);
    if (no > before + 1n && !isBelowAll(before + 1n)) hole(before + 1n, no - 1n);
    if (no === before) {
      const numbers = { what: `entry ${no}`, expected: 1n, found: 2n };
      breaks.push(countBreak('ENTRY_NUMBERS', { walletId, transactionId }, numbers));
    }
    if (entry.atBefore !== null && Date.parse(entry.at) < Date.parse(entry.atBefore)) {
      const times = { what: `time of entry ${no}`, expected: isoOf(entry.atBefore), found: isoOf(entry.at) };
      breaks.push(otherBreak('ENTRY_NUMBERS', { walletId, transactionId }, times));
    }
  }
  return breaks;
}

function isoOf(text: string): string {
  return new Date(text).toISOString();
}
