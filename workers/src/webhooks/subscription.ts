/** What an endpoint wants to have. */
export interface Subscription {
  readonly webhookId: string;
  /** `*`: all. */
  readonly eventTypes: readonly string[];
  /** Null: events that name no wallet, too. */
  readonly walletIds: readonly string[] | null;
}

export interface SubscribedEvent {
  readonly type: string;
  readonly data: object;
}

export function wants({ eventTypes, walletIds }: Subscription, { type, data }: SubscribedEvent): boolean {
  if (!eventTypes.includes('*') && !eventTypes.includes(type)) return false;
  return walletIds === null || walletsOf(data).some((walletId) => walletIds.includes(walletId));
}

/** Sender and receiver, the wallet that was changed, or the one that an alert is about. */
function walletsOf(data: object): string[] {
  const { senderWalletId, receiverWalletId, walletId, subject } = data as Readonly<Record<string, unknown>>;
  return [senderWalletId, receiverWalletId, walletId, subject].filter((id): id is string => typeof id === 'string');
}
