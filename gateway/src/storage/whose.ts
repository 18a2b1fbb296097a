import type { Bearer } from '../http/bearer.js';

/** Who reads: its subject is whose keys are looked up, its scope whose wallets are seen. */
export type Reader = Pick<Bearer, 'subject' | 'scope'>;

/** Which wallets are seen: those of this scope, or (null) everybody's. */
export type Scope = Reader['scope'];

/** Whose rows a condition lets through; see `SqlConditions`. */
export interface Whose {
  readonly scope: Scope;
  /** What a row must be, given the parameter that holds the scope. */
  readonly isSeen: (scope: string) => string;
}

/** Rows of a window, or of a wallet that the reader was found to see: what is shown of them is said elsewhere. */
export const alreadySaid: Whose = { scope: null, isSeen: () => 'true' };

/** Rows of an operation that is for those alone who see everything. */
export const viewersOnly: Whose = alreadySaid;

/**
 * The scope of the wallet of a column. A scalar subquery, and no EXISTS: that one the planner may turn into a hash of all wallets of
 * the scope, however many they are.
 */
const scopeOf = (wallet: string) => `(SELECT w.scope FROM wallets w WHERE w.wallet_id = ${wallet})`;
const either = (scope: string, ...wallets: string[]) =>
  `(${wallets.map((wallet) => `${scopeOf(wallet)} = ${scope}`).join(' OR ')})`;

/** Wallets themselves. */
export const walletsOf = (scope: Scope): Whose => ({ scope, isSeen: (p) => `scope = ${p}` });

/** Transactions of which one side is seen. */
export const transactionsOf = (scope: Scope): Whose => ({
  scope,
  isSeen: (p) => either(p, 'sender_wallet_id', 'receiver_wallet_id'),
});

/** Holds of which one side is seen. @param table their name, for `wallets` has columns of the same names */
export const holdsOf = (scope: Scope, table: string): Whose => ({
  scope,
  isSeen: (p) => either(p, `${table}.wallet_id`, `${table}.receiver_wallet_id`),
});

/** Holds that a wallet pays which is seen. */
export const holdsPaidBy = (scope: Scope, table: string): Whose => ({
  scope,
  isSeen: (p) => either(p, `${table}.wallet_id`),
});

/** Rows of a wallet that is named by a parameter: all of them if it is seen, none if not. */
export const ofWallet = (scope: Scope, wallet: string): Whose => ({
  scope,
  isSeen: (p) => either(p, `${wallet}::uuid`),
});
