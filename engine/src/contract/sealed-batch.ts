import { hash } from 'node:crypto';
import { asDigest, canonicalJson, keyDigest } from './digest.js';
import { parseDecimal } from './money.js';

/*
 * How a batch is sealed, for those who check it by its rows alone: written apart from what seals it, so that a mistake of the one is
 * found by the other. `engine/ARCHITECTURE.md`, Audit chain, says what stands where, by version.
 */

/** A transaction as its row says it; money in decimal strings, times in milliseconds. */
export interface SealedTransaction {
  readonly transactionId: string;
  readonly kind: string;
  readonly status: string;
  readonly caller: string;
  readonly idempotencyKey: string;
  readonly requestHash: string;
  readonly senderWalletId: string;
  readonly receiverWalletId: string;
  readonly amount: string;
  readonly currency: string;
  readonly senderBalanceAfter: string | null;
  readonly senderEntryNo: string | null;
  readonly receiverBalanceAfter: string | null;
  readonly receiverEntryNo: string | null;
  readonly failureCode: string | null;
  readonly failureReason: string | null;
  readonly metadata: string | null;
  readonly parentId: string | null;
  readonly partition: number;
  readonly released: string | null;
  readonly initiatedMs: string;
  readonly processingMs: string;
  readonly effectiveMs: string | null;
  /** Of a hold that was made: as its row says it. */
  readonly expiresMs: string | null;
}

/** A change of status or of limits, in the order in which it was sealed. */
export interface SealedChange {
  readonly changeId: string;
  readonly partition: number;
  readonly walletId: string;
  readonly from: string | SealedLimits;
  readonly to: string | SealedLimits;
  readonly reason: string | null;
  readonly caller: string;
  readonly place: number;
  readonly refused?: { readonly code: string };
}

export interface SealedLimits {
  readonly creditLimit: string;
  readonly perPayment: string | null;
  readonly dailyOut: string | null;
  readonly dailyIn: string | null;
}

/** Of a batch's row. */
export interface SealedBatch {
  readonly createdMs: string;
  readonly leafVersion: number;
  readonly eventPartitions: number[] | null;
  readonly eventFirsts: string[] | null;
  readonly changes: SealedChange[] | null;
}

/** @param atomicKeys the keys of the atomic batches that payments belong to, by the payments' ids */
export function leafTexts(
  { leafVersion: version, changes }: SealedBatch,
  transactions: readonly SealedTransaction[],
  atomicKeys: ReadonlyMap<string, string>,
): string[] {
  if (version === 1) return transactions.map((t) => sealedFields(t, t.idempotencyKey).join('|'));
  const leaves = transactions.map((t) => {
    const fields = ['T', ...sealedFields(t, atomicKeys.get(t.transactionId) ?? t.idempotencyKey)];
    fields.push(t.parentId ?? '', String(t.partition), t.initiatedMs, t.processingMs, t.failureReason ?? '');
    if (version > 2) fields.push(t.effectiveMs ?? '', t.released === null ? '' : scaled(t.released), t.expiresMs ?? '');
    return fields.join('|');
  });
  return [...leaves, ...(changes ?? []).map(changeText)];
}

function sealedFields(t: SealedTransaction, key: string): string[] {
  return [
    ...[t.transactionId, t.kind, t.senderWalletId, t.receiverWalletId, scaled(t.amount), t.currency, t.status],
    t.failureCode ?? '',
    keyDigest(t.caller, key),
    asDigest(t.requestHash),
    t.metadata === null ? '' : hash('sha256', canonicalJson(JSON.parse(t.metadata)), 'hex'),
  ];
}

function changeText(c: SealedChange): string {
  const parts = ['C', c.changeId, c.partition, c.walletId, stateText(c.from), stateText(c.to), c.place];
  const told = [...parts, JSON.stringify([c.caller, c.reason])];
  if (typeof c.to === 'object') told.push(c.refused?.code ?? '');
  return told.join('|');
}

function stateText(state: string | SealedLimits): string {
  if (typeof state === 'string') return state;
  const { creditLimit, perPayment, dailyOut, dailyIn } = state;
  return JSON.stringify({ creditLimit, perPayment, dailyOut, dailyIn });
}

function scaled(decimal: string): string {
  return parseDecimal(decimal).toString();
}

/** One step from a leaf to the root: what stands beside, and on which side. */
export interface MerkleStep {
  readonly side: 'left' | 'right';
  readonly hash: Buffer;
}

/** Leaves begin with 0, nodes with 1; an odd last one moves up as it is. */
export function merkleRoot(leaves: readonly string[]): Buffer {
  return merkleTree(leaves, -1).root;
}

/** The root, and the way to it from one of the leaves. */
export function merkleTree(leaves: readonly string[], place: number): { root: Buffer; path: MerkleStep[] } {
  if (leaves.length === 0) return { root: hash('sha256', '', 'buffer'), path: [] };
  const path: MerkleStep[] = [];
  let at = place;
  let level: Buffer[] = leaves.map(leafHash);
  while (level.length > 1) {
    const beside = level[at ^ 1];
    if (at >= 0 && beside) path.push({ side: at % 2 === 0 ? 'right' : 'left', hash: beside });
    const above: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i] as Buffer, level[i + 1]];
      above.push(right === undefined ? left : nodeHash(left, right));
    }
    level = above;
    at >>= 1;
  }
  return { root: level[0] as Buffer, path };
}

export function leafHash(text: string): Buffer {
  return hash('sha256', `\0${text}`, 'buffer');
}

/** The root that a leaf and its way lead to. */
export function rootOf(leaf: string, path: readonly MerkleStep[]): Buffer {
  return path.reduce(
    (below, { side, hash: beside }) => (side === 'right' ? nodeHash(below, beside) : nodeHash(beside, below)),
    leafHash(leaf),
  );
}

const nodePrefix = Buffer.of(1);

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([nodePrefix, left, right]), 'buffer');
}

/** Over what the database decided: entry numbers, balances after, the time, the events' numbers. */
export function batchDigest(batch: SealedBatch, transactions: readonly SealedTransaction[]): Buffer {
  const decided = transactions.map((t) =>
    [t.transactionId, t.senderBalanceAfter, t.senderEntryNo, t.receiverBalanceAfter, t.receiverEntryNo]
      .filter((field) => field !== null)
      .join(','),
  );
  const parts = [decided.join(';'), batch.createdMs];
  if (batch.leafVersion > 1) {
    const firsts = batch.eventFirsts ?? [];
    parts.push((batch.eventPartitions ?? []).map((partition, i) => `${partition}:${firsts[i]}`).join(','));
  }
  return hash('sha256', parts.join('@'), 'buffer');
}

/** Continues the engine's chain. Chains begin at batch 1 behind 32 zero bytes. */
export function headOf(before: Buffer, seq: bigint, batch: { merkleRoot: Buffer; digest: Buffer }): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigInt64BE(seq);
  return hash('sha256', Buffer.concat([before, number, batch.merkleRoot, batch.digest]), 'buffer');
}
