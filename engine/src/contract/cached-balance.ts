/*
 * Balances in Redis, for readers who ask for them (`?consistency=cached`): one key a wallet, written by gateways, dropped by engines
 * after each commit that changed the wallet.
 *
 *   gateway  finds nothing → leaves a token of its own → reads Postgres → puts the balance in the token's place, if it is still there
 *   engine   commits → deletes the key, balance or token
 *
 * So a balance that was read before a commit never takes a place after that commit's deletion. What a deletion does not reach (an
 * engine that is killed just after a commit, Redis away from it) is over with the balance's time.
 */

/** The longest that a cached balance is told, from when Postgres was asked. */
export const cachedBalanceAgeMaxMs = 60_000;

/** Redis: a wallet's key is this and its id. */
export function cachedBalancePrefix(namespace: string): string {
  return `${namespace}:balances:`;
}
