import { currencyExponent } from './currency.js';

/**
 * Money in code: a bigint of ten-thousandths (`125000n` is 12.5), always beside an ISO 4217 currency.
 * In JSON it is a decimal string with the currency's decimals, in Postgres DECIMAL(19,4).
 */
export const moneyScale = 4;
const unit = 10_000n;

/** Amounts are below this: 10^14 of any currency. */
export const amountLimit = 10n ** 14n * unit;
/** A user's balance stays below this. */
export const balanceLimit = 10n ** 15n * unit;

export type AmountProblem = 'AMOUNT_FORMAT' | 'AMOUNT_DECIMALS' | 'AMOUNT_NOT_POSITIVE' | 'AMOUNT_TOO_LARGE';

const decimalPattern = /^(-?)(0|[1-9]\d{0,30})(?:\.(\d{1,30}))?$/;

/**
 * Reads an amount a caller sent: a plain decimal string, above zero, below 10^14, with at most the
 * currency's decimals (`"12.5"` EUR is `125000n`). Returns the rule that is broken otherwise.
 */
export function parseAmount(text: string, currency: string): bigint | AmountProblem {
  const match = decimalPattern.exec(text);
  if (!match) return 'AMOUNT_FORMAT';
  const fraction = match[3] ?? '';
  const exponent = currencyExponent(currency) ?? 0;
  if (fraction.length > exponent) return 'AMOUNT_DECIMALS';
  const scaled = BigInt(match[2] + fraction.padEnd(moneyScale, '0'));
  if (match[1] === '-' || scaled === 0n) return 'AMOUNT_NOT_POSITIVE';
  if (scaled >= amountLimit) return 'AMOUNT_TOO_LARGE';
  return scaled;
}

/** Reads a DECIMAL(19,4) as Postgres prints it (`"-12.5000"`). Throws on anything else. */
export function parseDecimal(text: string): bigint {
  const match = decimalPattern.exec(text);
  const fraction = match?.[3] ?? '';
  if (!match || fraction.length > moneyScale) throw new RangeError(`not a DECIMAL(19,4): ${text}`);
  const scaled = BigInt(match[2] + fraction.padEnd(moneyScale, '0'));
  return match[1] === '-' ? -scaled : scaled;
}

/** Writes money with exactly the currency's decimals: `125000n` EUR is `"12.50"`, JPY `"12"` is refused as a bug. */
export function formatMoney(scaled: bigint, currency: string): string {
  const exponent = currencyExponent(currency);
  if (exponent === undefined) throw new RangeError(`unknown currency ${currency}`);
  const text = formatDecimal(scaled);
  const cut = text.length - (moneyScale - exponent);
  if (/[1-9]/.test(text.slice(cut))) throw new RangeError(`${text} has more decimals than ${currency}`);
  return exponent === 0 ? text.slice(0, cut - 1) : text.slice(0, cut);
}

/** Writes all four decimals, as Postgres does: `125000n` is `"12.5000"`. */
export function formatDecimal(scaled: bigint): string {
  const negative = scaled < 0n;
  const digits = (negative ? -scaled : scaled).toString().padStart(moneyScale + 1, '0');
  const cut = digits.length - moneyScale;
  return `${negative ? '-' : ''}${digits.slice(0, cut)}.${digits.slice(cut)}`;
}
