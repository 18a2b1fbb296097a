import { expect, test } from 'vitest';
import { readSource } from './reads.js';

const ledger = { wallets: ['w1'], busyWallet: 'busy', firstMs: 0, lastMs: 20_000_000 };
const queryOf = (path: string) => Object.fromEntries(new URL(path, 'http://gateway').searchParams);

const rangeOf = (path: string) => {
  const { from, to } = queryOf(path) as Record<string, string>;
  return { fromMs: Date.parse(from as string), toMs: Date.parse(to as string) };
};

test("a statement is of a twentieth of the time that was filled, the busy wallet's of less", () => {
  const next = readSource('statement', ledger);
  for (let i = 0; i < 100; i++) {
    const { path } = next();
    expect(path).toMatch(/^\/api\/wallets\/(w1|busy)\/statement\?/);
    const { fromMs, toMs } = rangeOf(path);
    expect(toMs - fromMs).toBe(path.includes('/busy/') ? 10_000 : 1_000_000);
    expect(fromMs).toBeGreaterThanOrEqual(0);
    expect(toMs).toBeLessThanOrEqual(20_000_000);
  }
});

test('each sparse list has its turn', () => {
  const next = readSource('sparse', ledger);
  const paths = Array.from({ length: 8 }, () => queryOf(next().path));
  expect(new Set(paths.map((query) => JSON.stringify(query))).size).toBe(4);
  expect(paths[0]).toEqual({ kind: 'HOLD' });
});

test('deep pages begin anywhere in the past of the busy wallet', () => {
  const starts = Array.from({ length: 200 }, () => {
    const { walletId, to } = queryOf(readSource('deepPages', ledger)().path);
    expect(walletId).toBe('busy');
    return Date.parse(to as string);
  });
  expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThan(10_000_000);
});
