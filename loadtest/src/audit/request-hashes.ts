import { hash } from 'node:crypto';
import type { AtomicPlace } from './atomic-places.js';
import { canonicalJson, tenThousandths } from './canonical.js';
import type { Findings } from './report.js';
import type { SealedTransaction } from './sealed-texts.js';

/** A transaction with all that its caller asked for. */
export interface RequestedTransaction extends SealedTransaction {
  reference: string | null;
  description: string | null;
}

/**
 * A payment carries the hash of its own request; the payments of an atomic batch (listed by it, or with keys `key#0` to `key#n`)
 * carry the hash of all their requests together, and are always committed in one batch.
 */
export function checkRequestHashes(
  batchName: string,
  transactions: RequestedTransaction[],
  places: Map<string, AtomicPlace>,
  findings: Findings,
): void {
  const atomic = new Map<string, { item: number; transaction: RequestedTransaction; text: string }[]>();
  for (const transaction of transactions) {
    if (!['PAYMENT', 'DEPOSIT', 'WITHDRAWAL'].includes(transaction.kind)) continue;
    const text = requestText(transaction);
    const at = places.get(transaction.transaction_id);
    if (!at && shortHash(text) === transaction.request_hash) continue;
    const item = at
      ? ['', at.batch.idempotency_key, at.place]
      : /^(.*)#(0|[1-9]\d*)$/s.exec(transaction.idempotency_key);
    if (!item) {
      findings.found(
        'request-hashes',
        `transaction ${transaction.transaction_id} of ${batchName} has another request's hash`,
      );
      continue;
    }
    const group = `${transaction.caller}\0${item[1]}`;
    const items = atomic.get(group) ?? [];
    items.push({ item: Number(item[2]), transaction, text });
    atomic.set(group, items);
  }
  for (const items of atomic.values()) {
    items.sort((a, b) => a.item - b.item);
    const together = shortHash(`[${items.map(({ text }) => text).join(',')}]`);
    const whole = items.every(({ item, transaction }, i) => item === i && transaction.request_hash === together);
    if (!whole) {
      const ids = items.slice(0, 3).map(({ transaction }) => transaction.transaction_id);
      findings.found(
        'request-hashes',
        `${items.length} transactions of ${batchName} (${ids.join(', ')}, …) have neither their own request's hash nor that of one atomic batch`,
        items.length,
      );
    }
  }
}

function requestText(t: RequestedTransaction): string {
  return JSON.stringify([
    t.kind,
    t.kind === 'DEPOSIT' ? null : t.sender_wallet_id,
    t.kind === 'WITHDRAWAL' ? null : t.receiver_wallet_id,
    tenThousandths(t.amount),
    t.currency,
    t.reference,
    t.description,
    t.metadata === null ? null : canonicalJson(JSON.parse(t.metadata)),
  ]);
}

/** The first 16 bytes, in the form Postgres prints a uuid. */
function shortHash(text: string): string {
  const hex = hash('sha256', text, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
