import type { Digest } from './digest.js';

/*
 * What Redis remembers of an answered idempotency key: what it named, never the answer itself, which is read from the row.
 *
 * Answers lie in `answerSlots` hashes by the first 17 bits of the key's digest: one field to look at for each key, and some
 * 60 bytes for it while a hash is small enough for Redis to keep it as one list (at most 512 fields of 64 bytes), where a
 * Redis key of its own takes 209 to 229. The field is the rest of the digest, 14 bytes; the value 38:
 *
 *   kind (1) · status (1) · answered at, Unix seconds (4, big endian) · request hash (16) · outcome id (16)
 */

export const outcomeKinds = ['TRANSACTION', 'ATOMIC_BATCH', 'WALLET', 'CHANGE', 'APPROVAL'] as const;
export type OutcomeKind = (typeof outcomeKinds)[number];

export interface CachedAnswer {
  requestHash: Digest;
  kind: OutcomeKind;
  /** A UUID as Postgres and JSON write it. */
  outcomeId: string;
  /** FAILED: a refusal that was recorded. */
  status: 'SUCCESS' | 'FAILED';
  /** Epoch milliseconds; kept in seconds. */
  answeredAtMs: number;
}

export const answerSlots = 2 ** 17;
export const answerDigestBytes = 16;
export const answerValueBytes = 38;
/** How much of a digest is in the slot's number; the field begins behind the whole bytes of it. */
const slotShift = 7;
const slotBytes = 2;

/** Redis: the hash of a slot is this and the slot's number. */
export function answerSlotPrefix(namespace: string): string {
  return `${namespace}:answers:`;
}

/** Where a digest, at an offset of its bytes, is found. */
export function answerSlot(bytes: Buffer, offset = 0): number {
  return bytes.readUIntBE(offset, 3) >>> slotShift;
}

export function answerField(bytes: Buffer, offset = 0): Buffer {
  return bytes.subarray(offset + slotBytes, offset + answerDigestBytes);
}

/** For scripts, before a loop: names that Lua finds faster. */
export const answerLocalsLua = 'local byte, sub, call = string.byte, string.sub, redis.call';

/** For scripts: from the digest at `o` in the text `d` and the text `prefix`, the slot's key and the field. */
export const answerPlaceLua = `
  local a, b, c = byte(d, o, o + 2)
  local key = prefix .. (a * 512 + b * 2 + (c - c % ${2 ** slotShift}) / ${2 ** slotShift})
  local field = sub(d, o + ${slotBytes}, o + ${answerDigestBytes - 1})`;

const kindCodes: Readonly<Record<OutcomeKind, number>> = {
  TRANSACTION: 0x54,
  ATOMIC_BATCH: 0x42,
  WALLET: 0x57,
  CHANGE: 0x43,
  APPROVAL: 0x41,
};
const kindsByCode = new Map(outcomeKinds.map((kind) => [kindCodes[kind], kind]));
const succeeded = 0x53;
const failed = 0x46;

/** Writes the value's 38 bytes. */
export function writeCachedAnswer(bytes: Buffer, offset: number, answer: CachedAnswer): void {
  bytes[offset] = kindCodes[answer.kind];
  bytes[offset + 1] = answer.status === 'SUCCESS' ? succeeded : failed;
  bytes.writeUInt32BE(Math.floor(answer.answeredAtMs / 1_000), offset + 2);
  bytes.write(answer.requestHash, offset + 6, 16, 'hex');
  bytes.write(answer.outcomeId.replaceAll('-', ''), offset + 22, 16, 'hex');
}

/** null: another version's. */
export function readCachedAnswer(bytes: Buffer, offset: number): CachedAnswer | null {
  if (bytes.length < offset + answerValueBytes) return null;
  const kind = kindsByCode.get(bytes[offset] as number);
  const status = bytes[offset + 1];
  if (kind === undefined || (status !== succeeded && status !== failed)) return null;
  return {
    kind,
    status: status === succeeded ? 'SUCCESS' : 'FAILED',
    answeredAtMs: bytes.readUInt32BE(offset + 2) * 1_000,
    requestHash: bytes.toString('hex', offset + 6, offset + 22),
    outcomeId: uuidText(bytes.toString('hex', offset + 22, offset + 38)),
  };
}

function uuidText(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
