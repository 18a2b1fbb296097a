import { hash } from 'node:crypto';
import { currencyExponent } from '@smart-wallet/engine/contract/currency.js';
import { formatDecimal, moneyScale } from '@smart-wallet/engine/contract/money.js';

/** What is looked at. Each is a file of `checks/`, and a section of RECONCILIATION.md. */
export type CheckName =
  | 'BALANCE'
  | 'HELD'
  | 'PAIR'
  | 'BALANCE_CHAIN'
  | 'ENTRY_NUMBERS'
  | 'CURRENCY_SUM'
  | 'REFUNDS'
  | 'COUNTERS'
  | 'BATCH_FIGURES'
  | 'BATCH_DIGEST'
  | 'MERKLE_ROOT'
  | 'HASH_CHAIN'
  | 'CHAIN_TAIL'
  | 'MISSING_TRANSACTION'
  | 'MISSING_WALLET';

/** Where something does not hold. What has nothing to do with it is left out. */
export interface BreakPlace {
  readonly walletId?: string;
  readonly transactionId?: string;
  readonly engineId?: string;
  readonly batchSeq?: string;
}

/** Something that does not hold. */
export interface Break extends BreakPlace {
  readonly check: CheckName;
  /** What is told apart within the place: a figure, a column, an entry. */
  readonly what: string;
  /** Of expected, found and delta; null: they are no money. */
  readonly currency: string | null;
  /** Decimal strings, hashes in hex, ids; null: nothing. */
  readonly expected: string | null;
  readonly found: string | null;
  /** found − expected; null of what is not counted. */
  readonly delta: string | null;
}

/** Money in ten-thousandths. Nothing that was found counts as zero. */
export function moneyBreak(
  check: CheckName,
  place: BreakPlace,
  { what, currency, expected, found }: { what: string; currency: string; expected: bigint; found: bigint | null },
): Break {
  return {
    ...{ check, ...place, what, currency },
    expected: decimalOf(expected, currency),
    found: found === null ? null : decimalOf(found, currency),
    delta: decimalOf((found ?? 0n) - expected, currency),
  };
}

/** Numbers of something. */
export function countBreak(
  check: CheckName,
  place: BreakPlace,
  { what, expected, found }: { what: string; expected: bigint; found: bigint },
): Break {
  const delta = String(found - expected);
  return { check, ...place, what, currency: null, expected: String(expected), found: String(found), delta };
}

/** What is the same or not: hashes, ids, times, codes. */
export function otherBreak(
  check: CheckName,
  place: BreakPlace,
  { what, expected, found }: { what: string; expected: string | null; found: string | null },
): Break {
  return { check, ...place, what, currency: null, expected, found, delta: null };
}

/**
 * The same for the same break in every run, and another for another one: a balance goes on moving while it is off by the same amount,
 * so where there is a delta, that is what tells them apart.
 */
export function breakDigest(found: Break): Buffer {
  const amount = found.delta === null ? [found.expected, found.found] : [found.delta];
  const { check, walletId, transactionId, engineId, batchSeq, what, currency } = found;
  return hash(
    'sha256',
    JSON.stringify([check, walletId, transactionId, engineId, batchSeq, what, currency, ...amount]),
    'buffer',
  );
}

/** With the currency's decimals, and more where it has more: a fault may be smaller than a cent. */
export function decimalOf(scaled: bigint, currency: string): string {
  const exponent = currencyExponent(currency) ?? moneyScale;
  const [whole = '0', fraction = ''] = formatDecimal(scaled).split('.');
  const kept = fraction.replace(/0+$/, '').padEnd(exponent, '0');
  return kept === '' ? whole : `${whole}.${kept}`;
}
