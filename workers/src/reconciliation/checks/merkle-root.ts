import { hash } from 'node:crypto';
import { asDigest, canonicalJson, keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { type Break, otherBreak } from '../finding.js';
import type { BatchRow, SealedChange, SealedLimits } from '../reads/batch-rows.js';
import type { TransactionRow } from '../reads/transaction-rows.js';

/** The root over what the engine asked for, computed again from the rows: what was sealed was changed, or the root was. */
export function checkMerkleRoot(
  batch: BatchRow,
  transactions: readonly TransactionRow[],
  atomicKeys: ReadonlyMap<string, string>,
): { root: Buffer; breaks: Break[] } {
  const root = merkleRoot(leafTexts(batch, transactions, atomicKeys));
  if (root.equals(batch.merkleRoot)) return { root, breaks: [] };
  const { engineId, batchSeq } = batch;
  const hashes = { expected: root.toString('hex'), found: batch.merkleRoot.toString('hex') };
  return { root, breaks: [otherBreak('MERKLE_ROOT', { engineId, batchSeq }, { what: 'merkleRoot', ...hashes })] };
}

/** `engine/ARCHITECTURE.md`, Audit chain, says what stands where, by version. */
export function leafTexts(
  batch: BatchRow,
  transactions: readonly TransactionRow[],
  atomicKeys: ReadonlyMap<string, string>,
): string[] {
  const { leafVersion: version } = batch;
  if (version === 1) return transactions.map((t) => sealedFields(t, t.idempotencyKey).join('|'));
  const leaves = transactions.map((t) => {
    const fields = ['T', ...sealedFields(t, atomicKeys.get(t.transactionId) ?? t.idempotencyKey)];
    fields.push(t.parentId ?? '', String(t.partition), t.initiatedMs, t.processingMs, t.failureReason ?? '');
    if (version > 2) fields.push(t.effectiveMs ?? '', t.released === null ? '' : scaled(t.released), t.expiresMs ?? '');
    return fields.join('|');
  });
  return [...leaves, ...(batch.changes ?? []).map(changeText)];
}

function sealedFields(t: TransactionRow, key: string): string[] {
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

/** Leaves begin with 0, nodes with 1; an odd last one moves up as it is. */
export function merkleRoot(leaves: readonly string[]): Buffer {
  if (leaves.length === 0) return hash('sha256', '', 'buffer');
  let level: Buffer[] = leaves.map((leaf) => hash('sha256', `\0${leaf}`, 'buffer'));
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i] as Buffer, level[i + 1]];
      above.push(right === undefined ? left : hash('sha256', Buffer.concat([nodePrefix, left, right]), 'buffer'));
    }
    level = above;
  }
  return level[0] as Buffer;
}

const nodePrefix = Buffer.of(1);
