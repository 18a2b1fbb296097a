import { hash } from 'node:crypto';

/**
 * A Merkle tree over texts: a leaf is SHA-256(0x00 ‖ text), a node SHA-256(0x01 ‖ left ‖ right), an odd last node moves up
 * unchanged (RFC 6962's prefixes, which keep a node from passing as a leaf). The root over nothing is SHA-256 of nothing.
 *
 * Hashes are kept as texts of 32 characters, one a byte: a buffer for each costs four times the hashing.
 */
export function merkleRoot(leafTexts: readonly string[]): Buffer {
  if (leafTexts.length === 0) return hash('sha256', '', 'buffer');
  let level = leafTexts.map((text) => hash('sha256', `\0${text}`, 'binary'));
  const pair = Buffer.alloc(65, 1);
  while (level.length > 1) {
    const above: string[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) {
      pair.write(level[i] as string, 1, 'latin1');
      pair.write(level[i + 1] as string, 33, 'latin1');
      above.push(hash('sha256', pair, 'binary'));
    }
    if (level.length % 2 === 1) above.push(level[level.length - 1] as string);
    level = above;
  }
  return Buffer.from(level[0] as string, 'latin1');
}
