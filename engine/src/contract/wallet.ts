/** Only ACTIVE wallets send or receive. CLOSED is final. */
export const walletStatuses = ['CREATED', 'ACTIVE', 'SUSPENDED', 'CLOSED'] as const;
export type WalletStatus = (typeof walletStatuses)[number];

/** USER wallets have a floor of zero. FUNDING wallets are the platform's: no floor, money enters and leaves through them. */
export const walletKinds = ['USER', 'FUNDING'] as const;
export type WalletKind = (typeof walletKinds)[number];
