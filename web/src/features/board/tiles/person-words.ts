/** What a line counts: so short that it is read from five metres beside its count, and in full. */
const words: Readonly<Record<string, readonly [short: string, full: string]>> = {
  FAILURE_RATE: ['Payments fail', 'Alert: payments fail'],
  LEDGER_INCONSISTENCY: ['Ledger breaks', 'Alert: reconciliation found breaks'],
  REPEATED_DUPLICATES: ['Repeated keys', 'Alert: requests come again and again'],
  SYSTEM_ERRORS: ['Server errors', 'Alert: gateways answer with errors'],
  PARTITION_WITHOUT_OWNER: ['No live owner', 'Alert: wallets without an engine'],
  LATENCY: ['Slow payments', 'Alert: payments are slow'],
  RELAY_LAG: ['Events late', 'Events are published late'],
  DEAD_LETTERS: ['Dead letters', 'Alert: dead letters'],
  WALLET_DRAIN: ['Wallet drained', 'Alert: a wallet empties fast'],
  WEBHOOK_PAUSED: ['Webhook paused', 'Alert: a webhook is paused'],
  QUEUE_LOST: ['Queue was lost', 'Alert: a queue of the broker was lost'],
  EVALUATOR_SILENT: ['Nobody alerts', 'Alert: nobody judges alerts'],
  OPEN_FINDINGS: ['Ledger breaks', 'Reconciliation breaks that nobody has explained'],
  DEAD_LETTERS_WAITING: ['Dead letters', 'Dead letters, neither replayed nor deleted'],
  APPROVALS_WAITING: ['Approvals wait', 'Approvals that wait for a second person'],
  RECONCILIATION_FAILED: ['Check failed', 'The last reconciliation failed'],
  RECONCILIATION_LATE: ['Unreconciled', 'Reconciliation is late'],
};

/** A kind that this page does not know is told as it is named. */
export function lineWords(kind: string): { short: string; full: string } {
  const [short, full] = words[kind] ?? [];
  const named = kind.toLowerCase().replaceAll('_', ' ');
  return { short: short ?? named, full: full ?? named };
}
