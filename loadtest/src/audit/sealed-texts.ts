import { hash } from 'node:crypto';
import type { AtomicPlace } from './atomic-places.js';
import { canonicalJson, tenThousandths } from './canonical.js';

/** A transaction as its row says it; times in milliseconds. */
export interface SealedTransaction {
  transaction_id: string;
  kind: string;
  status: string;
  caller: string;
  idempotency_key: string;
  request_hash: string;
  sender_wallet_id: string;
  receiver_wallet_id: string;
  amount: string;
  currency: string;
  failure_code: string | null;
  failure_reason: string | null;
  metadata: string | null;
  parent_transaction_id: string | null;
  partition: number;
  initiated_ms: string;
  processing_ms: string;
  effective_ms: string | null;
  released: string | null;
  /** Of a hold that was made: as its row says it. */
  expires_ms: string | null;
}

/** A change of status or of limits as its batch row says it. */
export interface SealedChange {
  changeId: string;
  partition: number;
  walletId: string;
  from: string | SealedLimits;
  to: string | SealedLimits;
  reason: string | null;
  caller: string;
  place: number;
  refused?: { code: string; reason: string };
}

/** Ten-thousandths in decimal digits. */
export interface SealedLimits {
  creditLimit: string;
  perPayment: string | null;
  dailyOut: string | null;
  dailyIn: string | null;
}

/**
 * The texts that a batch's Merkle root is over. Version 1: its transactions, without reasons, parents and times. Version 2: those
 * too, and its changes of status. Version 3: `effectiveAt`, what a capture gave back and a new hold's end too, and changes of limits.
 */
export function sealedTexts(
  version: number,
  transactions: SealedTransaction[],
  changes: SealedChange[],
  placeOf: (id: string) => AtomicPlace | undefined,
): string[] {
  if (version === 1) return transactions.map((t) => fieldsOf(t, t.idempotency_key).join('|'));
  return [
    ...transactions.map((t) => {
      // A payment of an atomic batch is sealed with the batch's key, whether it has one of its own or not.
      const key = placeOf(t.transaction_id)?.batch.idempotency_key ?? t.idempotency_key;
      const more = [
        t.parent_transaction_id ?? '',
        t.partition,
        t.initiated_ms,
        t.processing_ms,
        t.failure_reason ?? '',
        ...(version === 2 ? [] : [t.effective_ms ?? '', t.released === null ? '' : tenThousandths(t.released)]),
        ...(version === 2 ? [] : [t.expires_ms ?? '']),
      ];
      return ['T', ...fieldsOf(t, key), ...more].join('|');
    }),
    ...changes.map(changeText),
  ];
}

function changeText(c: SealedChange): string {
  const ofLimits = typeof c.to === 'object';
  return [
    ...['C', c.changeId, c.partition, c.walletId, valueText(c.from), valueText(c.to), c.place],
    JSON.stringify([c.caller, c.reason]),
    ...(ofLimits ? [c.refused?.code ?? ''] : []),
  ].join('|');
}

function valueText(value: string | SealedLimits): string {
  if (typeof value === 'string') return value;
  const { creditLimit, perPayment, dailyOut, dailyIn } = value;
  return JSON.stringify({ creditLimit, perPayment, dailyOut, dailyIn });
}

function fieldsOf(t: SealedTransaction, key: string): string[] {
  return [
    t.transaction_id,
    t.kind,
    t.sender_wallet_id,
    t.receiver_wallet_id,
    tenThousandths(t.amount),
    t.currency,
    t.status,
    t.failure_code ?? '',
    hash('sha256', `${t.caller}\0${key}`, 'hex').slice(0, 32),
    t.request_hash.replaceAll('-', ''),
    t.metadata === null ? '' : hash('sha256', canonicalJson(JSON.parse(t.metadata)), 'hex'),
  ];
}
