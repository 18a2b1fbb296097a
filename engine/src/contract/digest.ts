import { hash } from 'node:crypto';
import type { TransferTerms } from './transfer-terms.js';

/** 16-byte digests, as 32 lower-case hex characters: the form Postgres reads as a `uuid`. */
export type Digest = string;

/** Names an idempotency key within its caller: SHA-256 over caller, U+0000, key, cut to 16 bytes. */
export function keyDigest(caller: string, idempotencyKey: string): Digest {
  return shortDigest(`${caller}\0${idempotencyKey}`);
}

/**
 * What makes two requests "the same": SHA-256 over the JSON array of the terms in the order of `TransferTerms`, cut to 16
 * bytes. Fields that came later follow as `[name, value]`, and only when they are there.
 */
export function requestHash(terms: TransferTerms): Digest {
  return shortDigest(requestText(terms));
}

/** The hash that every payment of an atomic batch carries: over all of them, in order. */
export function atomicRequestHash(payments: readonly TransferTerms[]): Digest {
  return shortDigest(`[${payments.map(requestText).join(',')}]`);
}

/** The key of one payment of an atomic batch: the batch's key, `#`, its place from 0. */
export function atomicItemKey(batchKey: string, item: number): string {
  return `${batchKey}#${item}`;
}

/** JSON with the keys of every object sorted by UTF-16 code unit and no white space: one text per value. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
}

function requestText(terms: TransferTerms): string {
  const { kind, senderWalletId, receiverWalletId, amount, currency, reference, description, metadata } = terms;
  const fields: unknown[] = [
    kind,
    senderWalletId,
    receiverWalletId,
    amount,
    currency,
    reference,
    description,
    metadata,
  ];
  if (terms.parentTransactionId !== undefined) fields.push(['parentTransactionId', terms.parentTransactionId]);
  return JSON.stringify(fields);
}

function shortDigest(text: string): Digest {
  return hash('sha256', text, 'hex').slice(0, 32);
}
