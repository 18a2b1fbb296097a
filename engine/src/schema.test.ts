import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { migrationsFolder } from './schema.js';

// Written down when a migration is released. An applied file is never read again: an edit would split the world in two.
const released: Record<string, string> = JSON.parse(
  readFileSync(new URL('../migrations.checksums.json', import.meta.url), 'utf8'),
);

test('no released migration was edited, and every migration is released', () => {
  const files = readdirSync(migrationsFolder).filter((name) => name.endsWith('.sql'));
  const sums = Object.fromEntries(
    files.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(`${migrationsFolder}/${name}`))
        .digest('hex'),
    ]),
  );
  expect(sums).toEqual(released);
});
