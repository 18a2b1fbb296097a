/**
 * Whether a JSON number is kept as it is: whether the double that it is read as prints as the same value again, however it
 * was written (`1.50` and `1e3` are; `0.1000000000000000055` and `1e-400` are not).
 */
export function isExactNumber(source: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  const text = String(value);
  return text === source || sameValue(text, source);
}

/**
 * Up to 15 significant digits without an exponent are always kept: only a text with more of them needs a look. A number follows
 * a colon, a comma or a bracket; so ids, which hold `4e5` more often than not, are not taken for one.
 */
export function mayHoldInexactNumber(json: string): boolean {
  return /[:,[]\s*-?(?:\d[\d.]{15}|\d[\d.]*[eE])/.test(json);
}

function sameValue(a: string, b: string): boolean {
  const [x, y] = [partsOf(a), partsOf(b)];
  return x.digits === y.digits && (x.digits === '' || (x.negative === y.negative && x.exponent === y.exponent));
}

const numberPattern = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The value is `0.digits` times ten to the exponent; no zeros at either end of the digits, none at all for zero. */
function partsOf(text: string): { negative: boolean; digits: string; exponent: number } {
  const [, sign, whole = '', fraction = '', power = '0'] = numberPattern.exec(text) as RegExpExecArray;
  const all = whole + fraction;
  let from = 0;
  while (all[from] === '0') from++;
  let to = all.length;
  while (to > from && all[to - 1] === '0') to--;
  return { negative: sign === '-', digits: all.slice(from, to), exponent: whole.length - from + Number(power) };
}
