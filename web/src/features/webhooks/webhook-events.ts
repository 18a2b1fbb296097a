/** Types of events, with what they tell. */
export const eventTypes: Readonly<Record<string, string>> = {
  'transaction.succeeded': 'A transaction succeeded',
  'transaction.failed': 'A transaction failed',
  'wallet.status_changed': 'A wallet’s status changed',
  'wallet.limits_changed': 'A wallet’s limits changed',
  'alert.raised': 'An alert was raised',
  'alert.resolved': 'An alert was resolved',
};

/** `All events`, or their names. */
export function eventWords(types: readonly string[]): string {
  return types.includes('*') ? 'All events' : types.join(', ');
}

/** The types that are ticked: none is all of them, also those that come later. */
export function tickedTypes(typed: Readonly<Record<string, string>>): string[] {
  const ticked = Object.keys(eventTypes).filter((type) => typed[type] !== undefined && typed[type] !== '');
  return ticked.length === 0 || ticked.length === Object.keys(eventTypes).length ? ['*'] : ticked;
}

/** Ids, one a line or however they are parted; null: none. */
export function walletIdsIn(text: string): string[] | null {
  const ids = [...new Set(text.split(/[\s,;]+/).filter((id) => id !== ''))];
  return ids.length === 0 ? null : ids;
}

/** Whom an address calls, without what may be its secret. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}
