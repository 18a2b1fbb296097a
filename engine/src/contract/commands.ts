import type { Digest } from './digest.js';
import type { NotDoneCode, RefusalCode, RejectionCode } from './rejection.js';
import type { TransactionKind } from './transaction-kind.js';
import type { TransactionStatus } from './transaction-status.js';
import type { PaymentTerms, TransferTerms } from './transfer-terms.js';
import type { WalletStatus } from './wallet.js';

/**
 * What travels between a gateway and a partition's owner over NATS, as JSON.
 * A command goes to the partition of the wallet whose floor is at risk: `routingIdOf`.
 */
export type Command =
  | TransferCommand
  | AtomicBatchCommand
  | HoldCommand
  | CaptureCommand
  | VoidCommand
  | ExpiryCommand
  | RefundCommand
  | ReversalCommand
  | StatusChangeCommand
  | LimitsChangeCommand;

/** What every command has: who asks, and the key that it takes into its commit. */
export interface KeyedCommand {
  /** Scopes the idempotency key. */
  caller: string;
  idempotencyKey: string;
  /** `keyDigest(caller, idempotencyKey)` */
  keyDigest: Digest;
  /** Over all that its caller asked for: see digest.ts. */
  requestHash: Digest;
  /** When the gateway accepted it, epoch milliseconds. */
  initiatedAtMs: number;
  /**
   * What its caller is bound to: to it, wallets of others do not exist but as receivers. Absent: not bound. It is no part of the
   * request: a caller that is bound from now on asks again for what it asked for before.
   */
  scope?: string;
}

/** An act that is a row of the audit log. */
export interface TracedCommand {
  /** Of the request that asked for it: no part of what was asked, so it is not in the request's hash. */
  traceId?: string;
}

/** The kinds that a caller asks for with a transfer. */
export const transferKinds = ['PAYMENT', 'DEPOSIT', 'WITHDRAWAL'] as const satisfies readonly TransactionKind[];
export type TransferKind = (typeof transferKinds)[number];

/** Flat, so that the command that was read is handed on as the terms, without a copy. */
export interface TransferCommand extends TransferTerms<TransferKind>, KeyedCommand {
  type: 'TRANSFER';
}

/** All of its payments succeed or none does. Committed by the owner of the first sender's partition. */
export interface AtomicBatchCommand extends KeyedCommand {
  type: 'ATOMIC_BATCH';
  /**
   * They have no keys of their own: the batch's key is recorded once, and every payment carries the batch's hash.
   * Gateways of 0.1.0 leave out that they are PAYMENTs: the engine fills it in.
   */
  payments: PaymentTerms[];
}

/** Sets money of the sender apart for the receiver. The hold's id is that of its HOLD transaction. */
export interface HoldCommand extends TransferTerms<'HOLD'>, KeyedCommand {
  type: 'HOLD';
  senderWalletId: string;
  receiverWalletId: string;
  /** null: `holdLivesMs` after it is decided. */
  expiresAtMs: number | null;
}

/** A hold's id hashes to its payer's partition: who knows the id knows the owner. */
interface OfHold extends KeyedCommand {
  holdId: string;
}

export interface CaptureCommand extends OfHold {
  type: 'CAPTURE';
  /** Ten-thousandths in decimal digits; null: all that remains. */
  amount: string | null;
  /** Gives back what remains after it. */
  final: boolean;
  /** What remained of the hold when it was judged, ten-thousandths: with another remainder it is rejected as APPROVAL_STALE. */
  expectedRemaining?: string;
}

export interface VoidCommand extends OfHold {
  type: 'VOID';
}

/** Of the owner itself, when a hold's time is over. Its key derives from the hold: there is one for all owners, ever. */
export interface ExpiryCommand extends OfHold {
  type: 'EXPIRY';
}

/** Pays a recorded payment back. */
interface OfOriginal extends KeyedCommand {
  originalId: string;
  /** The original's receiver, whose owner decides. (Of a withdrawal: its sender.) The engine reads the original itself. */
  walletId: string;
  reason: string | null;
  /** What was paid back of it when it was judged, ten-thousandths: with another sum it is rejected as APPROVAL_STALE. */
  expectedRefunded?: string;
}

export interface RefundCommand extends OfOriginal {
  type: 'REFUND';
  /** null: all that is left. */
  amount: string | null;
}

export interface ReversalCommand extends OfOriginal, TracedCommand {
  type: 'REVERSAL';
}

/** Its key is the caller's own, or one that the gateway minted (see `mintKey`): sent again after a lost answer, it changes nothing twice. */
export interface StatusChangeCommand extends KeyedCommand, TracedCommand {
  type: 'STATUS_CHANGE';
  walletId: string;
  status: WalletStatus;
  reason: string | null;
}

/** Replaces all limits of a wallet. */
export interface LimitsChangeCommand extends LimitTerms, KeyedCommand, TracedCommand {
  type: 'LIMITS_CHANGE';
  walletId: string;
  /** The limits when it was judged: with others it is rejected as APPROVAL_STALE. */
  expectedLimits?: LimitTerms;
}

/** All limits of a wallet. Ten-thousandths in decimal digits; null: no bound. */
export interface LimitTerms {
  /** How far below zero it may go. */
  creditLimit: string;
  perPayment: string | null;
  dailyOut: string | null;
  dailyIn: string | null;
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
  /** The W3C traceparent of command i; null: it is not traced. Absent: none is. Engines of 0.1.0 do not look at it. */
  traces?: (string | null)[];
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
  | { outcome: 'LIMITS_CHANGED'; replayed: boolean }
  | { outcome: 'LIMITS_REFUSED'; replayed: boolean; code: RefusalCode; detail: string }
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
  /** Where the command does not say them, but names what they come from: a hold, or what is paid back. */
  terms?: TransferTerms;
  /** Of a capture: what it gave back, ten-thousandths in decimal digits. */
  released?: string;
  /** Of a hold. */
  expiresAtMs?: number;
}
