/** What the operations are about, in the order of the page. An operation's tag is the name of its controller. */
export const tags: readonly [name: string, description: string][] = [
  ['Wallets', 'An account with one currency. Only ACTIVE ones send and receive.'],
  ['Payments', 'Money from one wallet to another: alone, many at once, all or none.'],
  ['Holds', 'Money set apart for a receiver, until it is captured, given up or its time is over.'],
  ['Refunds', 'Paying back, in part or whole; taking back what was a mistake.'],
  ['Limits', 'Credit, and bounds for a payment and for a day.'],
  ['Transactions', 'The record of all of it: lists, totals, the ledger’s entries.'],
  ['Statements', 'What went in and out of a wallet in a period, to the cent.'],
  ['Exports', 'Transactions as a file.'],
  ['Failures', 'Why payments fail.'],
  ['Auth', 'Tokens for services, displays and people’s tools.'],
  ['Sessions', 'People sign in, go on and sign out.'],
  ['Users', 'Who the people are, and what they may.'],
  ['Approvals', 'What one person asked for and another one has to approve.'],
  ['AuditLog', 'Who did what, when and why.'],
  ['Health', 'For whoever runs it: does it run, can it pay?'],
  ['Metrics', 'For Prometheus.'],
];
