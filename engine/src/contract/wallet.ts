/** Only ACTIVE wallets send or receive. CLOSED is final. */
export const walletStatuses = ['CREATED', 'ACTIVE', 'SUSPENDED', 'CLOSED'] as const;
export type WalletStatus = (typeof walletStatuses)[number];

/** USER wallets have a floor of zero. FUNDING wallets are the platform's: no floor, money enters and leaves through them. */
export const walletKinds = ['USER', 'FUNDING'] as const;
export type WalletKind = (typeof walletKinds)[number];

/** Of a wallet's scope: which service's it is. */
export const scopeCharsMax = 100;
const scopePattern = new RegExp(`^[!-~]{1,${scopeCharsMax}}$`);

export function isScope(value: unknown): value is string {
  return typeof value === 'string' && scopePattern.test(value);
}
