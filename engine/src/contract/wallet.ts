/** Only ACTIVE wallets send or receive. CLOSED is final. */
export type WalletStatus = 'CREATED' | 'ACTIVE' | 'SUSPENDED' | 'CLOSED';

export const walletStatuses: readonly WalletStatus[] = ['CREATED', 'ACTIVE', 'SUSPENDED', 'CLOSED'];

/** USER wallets have a floor of zero. FUNDING wallets are the platform's: no floor, money enters and leaves through them. */
export type WalletKind = 'USER' | 'FUNDING';
