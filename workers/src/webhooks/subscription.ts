/** What an endpoint wants to have. */
export interface Subscription {
  readonly webhookId: string;
  /** `*`: all. */
  readonly eventTypes: readonly string[];
  /** Null: events that name no wallet, too. */
  readonly walletIds: readonly string[] | null;
  readonly createdAt: Date;
}

export interface SubscribedEvent {
  readonly type: string;
  readonly data: object;
}

export function wants(
  { eventTypes, walletIds }: Pick<Subscription, 'eventTypes' | 'walletIds'>,
  { type, data }: SubscribedEvent,
): boolean {
  if (!eventTypes.includes('*') && !eventTypes.includes(type)) return false;
  return walletIds === null || walletsOf(data).some((walletId) => walletIds.includes(walletId));
}

/** Of what `POST /api/webhooks/{id}/test` sends: it goes by no filter. */
const testType = 'webhook.test';

/**
 * Whether a webhook wants what waits for it: its types and wallets may have changed since. What is to be sent must be known for that; of an event that is
 * kept no more the type alone is.
 */
export function isWantedStill(waiting: {
  readonly event_type: string;
  readonly payload: string | null;
  readonly event_types: readonly string[];
  readonly wallet_ids: readonly string[] | null;
}): boolean {
  const { event_type: type, payload, event_types: eventTypes, wallet_ids: walletIds } = waiting;
  if (type === testType) return true;
  if (walletIds === null || payload === null) return wants({ eventTypes, walletIds: null }, { type, data: {} });
  return wants({ eventTypes, walletIds }, { type, data: (JSON.parse(payload) as { data: object }).data });
}

/** Of the times of an event and of an endpoint, which come from different programs. */
const slackMs = 60_000;

/** Events are published once more for other subscribers, too: what happened before there was an endpoint is none of its live ones. */
export function isOlder({ createdAt }: Pick<Subscription, 'createdAt'>, occurredAt: string | undefined): boolean {
  return occurredAt !== undefined && Date.parse(occurredAt) < createdAt.getTime() - slackMs;
}

/** Sender and receiver, the wallet that was changed, or the one that an alert is about. */
function walletsOf(data: object): string[] {
  const { senderWalletId, receiverWalletId, walletId, subject } = data as Readonly<Record<string, unknown>>;
  return [senderWalletId, receiverWalletId, walletId, subject].filter((id): id is string => typeof id === 'string');
}
