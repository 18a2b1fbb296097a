import { hash, randomUUID } from 'node:crypto';
import type { TransferTerms } from './transfer-terms.js';
import type { WalletStatus } from './wallet.js';

/** 16-byte digests, as 32 lower-case hex characters: the form Postgres reads as a `uuid`. */
export type Digest = string;

/** Postgres prints a digest, which it keeps as a uuid, with dashes. */
export function asDigest(uuid: string): Digest {
  return uuid.replaceAll('-', '');
}

/** Names an idempotency key within its caller: SHA-256 over caller, U+0000, key, cut to 16 bytes. */
export function keyDigest(caller: string, idempotencyKey: string): Digest {
  return shortDigest(`${caller}\0${idempotencyKey}`);
}

/** Scopes the keys that the platform mints for commands that came without one. No token can name it: it has a control character. */
const mintedKeysCaller = '\u0001minted';

/** A key for a command that came without one: sent again, the command is still made once. */
export function mintKey(): { idempotencyKey: string; keyDigest: Digest } {
  const idempotencyKey = randomUUID();
  return { idempotencyKey, keyDigest: keyDigest(mintedKeysCaller, idempotencyKey) };
}

/** What makes two changes of status the same: SHA-256 over a JSON array of what is asked for, cut to 16 bytes. */
export function statusChangeHash(change: { walletId: string; status: WalletStatus; reason: string | null }): Digest {
  return shortDigest(JSON.stringify(['STATUS_CHANGE', change.walletId, change.status, change.reason]));
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
