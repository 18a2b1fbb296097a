import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('WALLBOARD.md describes every rule, in the order in which they are judged', () => {
  const described = read('../../../../WALLBOARD.md').matchAll(/^\| `([A-Z_]+)` \|/gm);
  const declared =
    read('verdict.ts')
      .match(/export type Rule =([^;]+);/)?.[1]
      ?.matchAll(/'([A-Z_]+)'/g) ?? [];
  const rules = [...described].map(([, rule]) => rule);
  expect(rules).toEqual([...declared].map(([, rule]) => rule));
  expect(rules).toContain('OWNERLESS');
});

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}
