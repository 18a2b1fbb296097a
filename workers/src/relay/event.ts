/*
 * What subscribers get (EVENTS.md). The relay writes events as text, straight from the ledger's rows: these types say what stands in them.
 */

/** Money is a decimal string in the currency's decimals, times are RFC 3339 in UTC. */
export interface LedgerEvent<Type extends EventType = EventType> {
  /** The same at every delivery and every replay: a transaction's id, or that of a change. */
  readonly eventId: string;
  readonly type: Type;
  readonly version: 1;
  /** The time of the commit. */
  readonly occurredAt: string;
  /** Null of alerts. */
  readonly partition: number | null;
  /** Dense in its partition, over transactions and wallets together; the same at every replay. */
  readonly sequence: number;
  readonly data: EventData[Type];
}

export const eventTypes = [
  'transaction.succeeded',
  'transaction.failed',
  'wallet.status_changed',
  'wallet.limits_changed',
  'alert.raised',
  'alert.resolved',
] as const;

export type EventType = (typeof eventTypes)[number];

export interface EventData {
  'transaction.succeeded': TransactionData;
  'transaction.failed': TransactionData;
  'wallet.status_changed': WalletChangeData & { readonly from: string; readonly to: string };
  'wallet.limits_changed': WalletChangeData & {
    readonly currency: string;
    readonly from: LimitsData;
    readonly to: LimitsData;
  };
  /** As GET /api/alerts/{id} shows it. */
  'alert.raised': Readonly<Record<string, unknown>>;
  'alert.resolved': Readonly<Record<string, unknown>>;
}

/** As GET /api/transactions/{id} shows it, and its entries: null where nothing was posted. */
export interface TransactionData extends Readonly<Record<string, unknown>> {
  readonly transactionId: string;
  readonly kind: string;
  readonly status: 'SUCCESS' | 'FAILED';
  readonly senderWalletId: string;
  readonly receiverWalletId: string;
  readonly amount: string;
  readonly currency: string;
  readonly createdAt: string;
  readonly senderEntryNo: number | null;
  readonly senderBalanceAfter: string | null;
  readonly receiverEntryNo: number | null;
  readonly receiverBalanceAfter: string | null;
}

export interface WalletChangeData {
  readonly changeId: string;
  readonly walletId: string;
  readonly reason: string | null;
  readonly batchSeq: number;
  readonly changedAt: string;
}

/** Null: no credit, and no bound. */
export interface LimitsData {
  readonly creditLimit: string | null;
  readonly perPayment: string | null;
  readonly dailyOut: string | null;
  readonly dailyIn: string | null;
}

/** A message at the broker: of one batch and shard. */
export interface EventMessage {
  readonly messageId: string;
  readonly shard: number;
  readonly events: readonly LedgerEvent[];
}

export const shardCount = 8;

export function shardOf(partition: number): number {
  return partition % shardCount;
}

/** Events of one kind and shard come in order. */
export type EventTopic = 'transactions' | 'wallets' | 'alerts';

export function routingKey(topic: EventTopic, shard: number): string {
  return `${topic}.${shard}`;
}

export function topicOf(type: EventType): EventTopic {
  return `${type.slice(0, type.indexOf('.'))}s` as EventTopic;
}
