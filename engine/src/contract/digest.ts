import { hash } from 'node:crypto';

/** 16-byte digests, as 32 lower-case hex characters: the form Postgres reads as a `uuid`. */
export type Digest = string;

/** Names an idempotency key within its caller: SHA-256 over caller, U+0000, key, cut to 16 bytes. */
export function keyDigest(caller: string, idempotencyKey: string): Digest {
  return shortDigest(`${caller}\0${idempotencyKey}`);
}

/** What makes two requests "the same": every field the caller chose. `null` where a field is absent. */
export interface HashedRequest {
  kind: string;
  senderWalletId: string | null;
  receiverWalletId: string | null;
  /** Ten-thousandths, so that "12.5" and "12.50" are one request. */
  amount: bigint;
  currency: string;
  reference: string | null;
  description: string | null;
  /** Canonical JSON (see `canonicalJson`). */
  metadata: string | null;
}

/** SHA-256 over the JSON array of the request's fields in the order of `HashedRequest`, cut to 16 bytes. */
export function requestHash(r: HashedRequest): Digest {
  return shortDigest(requestText(r));
}

/** The hash that every payment of an atomic batch carries: over all of them, in order. */
export function atomicRequestHash(requests: readonly HashedRequest[]): Digest {
  return shortDigest(`[${requests.map(requestText).join(',')}]`);
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

function requestText(r: HashedRequest): string {
  return JSON.stringify([
    r.kind,
    r.senderWalletId,
    r.receiverWalletId,
    r.amount.toString(),
    r.currency,
    r.reference,
    r.description,
    r.metadata,
  ]);
}

function shortDigest(text: string): Digest {
  return hash('sha256', text, 'hex').slice(0, 32);
}
