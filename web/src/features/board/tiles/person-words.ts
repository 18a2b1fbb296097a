const words: Readonly<Record<string, string>> = {
  FAILURE_RATE: 'Payments fail',
  LEDGER_INCONSISTENCY: 'Reconciliation break',
  REPEATED_DUPLICATES: 'Repeated requests',
  SYSTEM_ERRORS: 'Errors',
  PARTITION_WITHOUT_OWNER: 'Wallets without engine',
  LATENCY: 'Payments are slow',
  RELAY_LAG: 'Events are late',
  DEAD_LETTERS: 'Dead letters',
  WALLET_DRAIN: 'Wallet empties fast',
  WEBHOOK_PAUSED: 'Webhook paused',
  EVALUATOR_SILENT: 'Nobody judges alerts',
};

/** A kind that this page does not know is told as it is named. */
export function lineWords(kind: string): string {
  return words[kind] ?? kind.toLowerCase().replaceAll('_', ' ');
}
