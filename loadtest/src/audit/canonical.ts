/** `"12.5000"` is `"125000"`. */
export function tenThousandths(decimal: string): string {
  return decimal.replace('.', '').replace(/^0+(?=\d)/, '');
}

/** Keys sorted by UTF-16 code unit, no white space. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/** Is the decimal string, with as many decimals as its currency has, the recorded one with four? */
export function sameAmount(told: string, recorded: string): boolean {
  const [whole, fraction = ''] = told.split('.');
  return `${whole}.${fraction.padEnd(4, '0')}` === recorded;
}
