import { readFileSync } from 'node:fs';
import { liveSilentAfterMs } from '@smart-wallet/engine/contract/live.js';
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

test.each(['../../../../WALLBOARD.md', '../../../../../gateway/LIVE.md'])(
  '%s says after how long silence is told',
  (path) => {
    const told = read(path).matchAll(/(?:silent for over|not heard for|is not heard for) ([\d.]+) s/g);
    const seconds = [...told].map(([, figure]) => Number(figure));
    expect(seconds.length).toBeGreaterThan(0);
    expect(new Set(seconds)).toEqual(new Set([liveSilentAfterMs / 1_000]));
  },
);

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}
