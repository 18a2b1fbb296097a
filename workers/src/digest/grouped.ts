/** A count for people: `4,812`. */
export function grouped(n: number): string {
  return groupedMoney(String(n));
}

/** Of a decimal text, exactly. */
export function groupedMoney(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const left = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? left : `${left}.${fraction}`;
}
