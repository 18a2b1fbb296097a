/** What a transaction is, in the order of the type in SQL. A kind that nothing writes yet is here as well. */
export const transactionKinds = [
  'PAYMENT',
  'DEPOSIT',
  'WITHDRAWAL',
  'HOLD',
  'CAPTURE',
  'VOID',
  'EXPIRY',
  'REFUND',
  'REVERSAL',
] as const;

export type TransactionKind = (typeof transactionKinds)[number];

/** A SUCCESS of such a kind is a ledger pair: two entries, and an amount that counts as moved. The others have no entries. */
export const movesMoney: Readonly<Record<TransactionKind, boolean>> = {
  PAYMENT: true,
  DEPOSIT: true,
  WITHDRAWAL: true,
  HOLD: false,
  CAPTURE: true,
  VOID: false,
  EXPIRY: false,
  REFUND: true,
  REVERSAL: true,
};
