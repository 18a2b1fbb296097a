import { hash } from 'node:crypto';

/**
 * A Merkle tree over texts: a leaf is SHA-256(0x00 ‖ text), a node SHA-256(0x01 ‖ left ‖ right), an odd last node moves up
 * unchanged (RFC 6962's prefixes, which keep a node from passing as a leaf). The root over nothing is SHA-256 of nothing.
 */
export function merkleRoot(leafTexts: readonly string[]): Buffer {
  if (leafTexts.length === 0) return hash('sha256', '', 'buffer');
  let level: Buffer[] = leafTexts.map((text) => hash('sha256', `\0${text}`, 'buffer'));
  const pair = Buffer.alloc(65, 1);
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) {
      (level[i] as Buffer).copy(pair, 1);
      (level[i + 1] as Buffer).copy(pair, 33);
      above.push(hash('sha256', pair, 'buffer'));
    }
    if (level.length % 2 === 1) above.push(level[level.length - 1] as Buffer);
    level = above;
  }
  return level[0] as Buffer;
}
