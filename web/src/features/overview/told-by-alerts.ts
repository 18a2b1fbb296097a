const typeOf = { BREAKS: 'LEDGER_INCONSISTENCY', DEAD_LETTERS: 'DEAD_LETTERS' } as const;

/** Whether an alert that waits says it already: one thing is one line. */
export function isTold(what: keyof typeof typeOf, alerts: readonly { readonly alertType: string }[]): boolean {
  return alerts.some(({ alertType }) => alertType === typeOf[what]);
}
