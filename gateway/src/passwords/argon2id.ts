import { randomBytes, timingSafeEqual } from 'node:crypto';
import { hashingThread } from './hashing-thread.js';

/* What a password is kept as: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, base64 without padding (the PHC string format). */

/** OWASP's least for argon2id: 19 MiB, two passes, one lane. */
export const costs: Costs = Object.freeze({ memory: 19_456, passes: 2, parallelism: 1 });
const saltBytes = 16;
const tagBytes = 32;
/** A text from the database that asks for more is none of ours. */
const memoryMax = 2 * costs.memory;
const passesMax = 2 * costs.passes;

interface Costs {
  /** KiB */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

interface Kept extends Costs {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const tag = await tagOf(password, { ...costs, salt, tag: { length: tagBytes } });
  return phcText({ ...costs, salt, tag });
}

/** Takes its time whatever `phc` is. Throws when that is no hash of ours: then the database holds what it should not. */
export async function isPassword(password: string, phc: string): Promise<boolean> {
  const kept = readPhc(phc);
  if (kept === null) throw new Error('a password in the database is not an argon2id hash of this platform');
  return timingSafeEqual(await tagOf(password, kept), kept.tag);
}

/** A hash of no password: it costs as much to look at as any. */
export function dummyHash(): string {
  return phcText({ ...costs, salt: randomBytes(saltBytes), tag: randomBytes(tagBytes) });
}

/** The same letters are the same password on every keyboard and system (RFC 8265 says NFC; NFKC also joins full-width forms). */
function tagOf(password: string, { salt, tag, ...cost }: Costs & { salt: Buffer; tag: { length: number } }) {
  return hashingThread.hash({ ...cost, message: password.normalize('NFKC'), nonce: salt, tagLength: tag.length });
}

export function phcText({ memory, passes, parallelism, salt, tag }: Kept): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
}

const phcPattern = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{22,86})$/;

export function readPhc(text: string): Kept | null {
  const parts = phcPattern.exec(text);
  if (!parts) return null;
  const [memory, passes, parallelism] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (memory < 8 * parallelism || memory > memoryMax || passes < 1 || passes > passesMax || parallelism !== 1)
    return null;
  const [salt, tag] = [Buffer.from(parts[4] as string, 'base64'), Buffer.from(parts[5] as string, 'base64')];
  return { memory, passes, parallelism, salt, tag };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
