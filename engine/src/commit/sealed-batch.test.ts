import { expect, it } from 'vitest';
import { merkleTree, rootOf, merkleRoot as rootOfReaders } from '../contract/sealed-batch.js';
import { merkleRoot } from './merkle.js';

it('a leaf and its way lead to the root that the engine sealed, at any place of any tree', () => {
  expect(rootOfReaders([])).toEqual(merkleRoot([]));
  for (let count = 1; count <= 33; count += 1) {
    const leaves = Array.from({ length: count }, (_, i) => `leaf ${i}`);
    const sealed = merkleRoot(leaves);
    for (const [place, leaf] of leaves.entries()) {
      const { root, path } = merkleTree(leaves, place);
      expect([count, place, root]).toEqual([count, place, sealed]);
      expect([count, place, rootOf(leaf, path)]).toEqual([count, place, sealed]);
      expect(rootOf(`${leaf}x`, path)).not.toEqual(sealed);
    }
  }
});
