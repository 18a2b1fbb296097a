import { hash } from 'node:crypto';

/** The partition of a wallet: the first 4 bytes of SHA-256 over the id's 16 bytes, big endian, modulo the partition count. */
export function partitionOf(walletId: string, partitionCount: number): number {
  const id = Buffer.from(walletId.replaceAll('-', ''), 'hex');
  if (id.length !== 16) throw new RangeError(`not a wallet id: ${walletId}`);
  // As text: a buffer for the hash costs several times the hashing.
  return Number.parseInt(hash('sha256', id, 'hex').slice(0, 8), 16) % partitionCount;
}
