/** Ten-thousandths: what the platform counts in, whatever the currency. */
const scale = 4;

/** An amount of the API, exactly. `"12.50"` is 125000n. */
export function parseAmount(text: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,4}))?$/.exec(text);
  if (!match) throw new TypeError(`not an amount: ${JSON.stringify(text)}`);
  const [, sign, whole, fraction = ''] = match;
  const units = BigInt(`${whole}${fraction.padEnd(scale, '0')}`);
  return sign ? -units : units;
}

/** As the API takes it, with so many decimals. It must not lose anything: nothing is rounded. */
export function formatAmount(units: bigint, decimals = 2): string {
  const text = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const [whole, fraction] = [text.slice(0, -scale), text.slice(-scale)];
  if (/[1-9]/.test(fraction.slice(decimals))) {
    throw new RangeError(`${whole}.${fraction} has more than ${decimals} decimals`);
  }
  return `${units < 0n ? '-' : ''}${whole}${decimals > 0 ? `.${fraction.slice(0, decimals)}` : ''}`;
}
