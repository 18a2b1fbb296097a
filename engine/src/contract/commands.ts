import type { Digest } from './digest.js';
import type { NotDoneCode, RefusalCode, RejectionCode } from './rejection.js';
import type { TransactionKind } from './transaction-kind.js';
import type { TransactionStatus } from './transaction-status.js';
import type { PaymentTerms, TransferTerms } from './transfer-terms.js';
import type { WalletStatus } from './wallet.js';

/**
 * What travels between a gateway and a partition's owner over NATS, as JSON.
 * A command goes to the partition of the wallet whose floor is at risk: `commandWalletId`.
 */
export type Command = TransferCommand | AtomicBatchCommand | StatusChangeCommand;

/** The kinds that a caller asks for with a transfer. */
export const transferKinds = ['PAYMENT', 'DEPOSIT', 'WITHDRAWAL'] as const satisfies readonly TransactionKind[];
export type TransferKind = (typeof transferKinds)[number];

/** Flat, so that the command that was read is handed on as the terms, without a copy. */
export interface TransferCommand extends TransferTerms<TransferKind> {
  type: 'TRANSFER';
  /** Who asks; scopes the idempotency key. */
  caller: string;
  idempotencyKey: string;
  /** `keyDigest(caller, idempotencyKey)` */
  keyDigest: Digest;
  /** `requestHash(terms)` */
  requestHash: Digest;
  /** When the gateway accepted it, epoch milliseconds. */
  initiatedAtMs: number;
}

/** All of its payments succeed or none does. Committed by the owner of the first sender's partition. */
export interface AtomicBatchCommand {
  type: 'ATOMIC_BATCH';
  caller: string;
  /** Of the batch: its payments have none of their own. */
  idempotencyKey: string;
  keyDigest: Digest;
  /** `atomicRequestHash(…)`, carried by every payment of the batch. */
  requestHash: Digest;
  /** Gateways of 0.1.0 leave out that they are PAYMENTs: the engine fills it in. */
  payments: PaymentTerms[];
  initiatedAtMs: number;
}

export interface StatusChangeCommand {
  type: 'STATUS_CHANGE';
  caller: string;
  /** The caller's own, or one that the gateway minted (see `mintKey`): sent again after a lost answer, it changes nothing twice. */
  idempotencyKey: string;
  keyDigest: Digest;
  /** `statusChangeHash(command)` */
  requestHash: Digest;
  walletId: string;
  status: WalletStatus;
  reason: string | null;
  initiatedAtMs: number;
}

/** One NATS message to an engine: what one turn of a gateway's event loop has for its partitions. */
export interface CommandMessage {
  requests: CommandRequest[];
}

/** For one partition, at the epoch at which the engine is believed to own it. */
export interface CommandRequest {
  /** Unique in its gateway. */
  id: number;
  partition: number;
  epoch: number;
  /** What command i has left of its deadline, in milliseconds. */
  msLeft: number[];
  commands: Command[];
  /** The gateway reads lean answers (`LeanResult`). Those of 0.1.0 do not say so, and get whole ones. */
  lean?: boolean;
}

/** One NATS message back: what an engine has for a gateway after one commit. null: the message could not be read. */
export interface ReplyMessage {
  replies: CommandReply[] | null;
}

export interface CommandReply {
  /** The request's. */
  id: number;
  /** One for each command, in order. Where the request said `lean`, some are a `LeanResult` instead. */
  results: CommandResult[];
}

export type CommandResult =
  | { outcome: 'RECORDED'; transaction: RecordedTransaction; replayed: boolean }
  | { outcome: 'BATCH_RECORDED'; transactions: RecordedTransaction[]; replayed: boolean }
  /** `replayed` is missing from engines of 0.1.0. */
  | { outcome: 'STATUS_CHANGED'; replayed?: boolean }
  | NotRecordedResult
  | { outcome: 'NOT_DONE'; code: NotDoneCode }
  /** The owner cannot tell whether it was committed: ask again with the same key. */
  | { outcome: 'UNKNOWN' };

/** A rejection. */
export interface NotRecordedResult {
  outcome: 'NOT_RECORDED';
  code: RejectionCode;
  detail: string;
  /** Which payment of an atomic batch, from 0. */
  item?: number;
}

/**
 * What NOT_RECORDED was called in 0.1.0. Gateways read both. Engines go on saying this one, for gateways of 0.1.0 know no other;
 * from 0.3.0 on, when no such gateway runs beside them, they say NOT_RECORDED and this goes.
 */
export const notRecordedIn0_1 = 'REFUSED';

/** What the ledger adds to a request. Together they are the API's transaction. */
export interface RecordedTransaction {
  transactionId: string;
  status: TransactionStatus;
  failureCode: RefusalCode | null;
  failureReason: string | null;
  senderWalletId: string;
  receiverWalletId: string;
  partition: number;
  batchSeq: number;
  initiatedAtMs: number;
  processingAtMs: number;
  createdAtMs: number;
}
