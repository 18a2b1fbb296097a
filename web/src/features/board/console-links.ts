/** The console is another page, and shares nothing with this one but addresses. */
export function consoleOf(place: string): string {
  return `/console${place}`;
}

/** Where somebody acts on what waits for a person, filtered to it. */
export function personLink(kind: string): string {
  if (kind === 'APPROVALS_WAITING') return consoleOf('/approvals?status=PENDING');
  if (kind.startsWith('RECONCILIATION_') || kind === 'OPEN_FINDINGS') return consoleOf('/reconciliation');
  if (kind.startsWith('DEAD_LETTERS')) return consoleOf('/dead-letters');
  if (kind === 'MORE_ALERTS') return consoleOf('/alerts');
  return consoleOf(`/alerts?type=${encodeURIComponent(kind)}`);
}
