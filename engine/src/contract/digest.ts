import { hash, randomUUID } from 'node:crypto';

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

/** JSON with the keys of every object sorted by UTF-16 code unit and no white space: one text per value. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
}

/** SHA-256, cut to 16 bytes. */
export function shortDigest(text: string): Digest {
  return hash('sha256', text, 'hex').slice(0, 32);
}
