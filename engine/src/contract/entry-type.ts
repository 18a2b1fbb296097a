/** The two legs of a ledger pair. */
export const entryTypes = ['DEBIT', 'CREDIT'] as const;
export type EntryType = (typeof entryTypes)[number];
