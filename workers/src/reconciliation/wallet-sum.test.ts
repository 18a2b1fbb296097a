import { expect, test } from 'vitest';
import type { WalletRow } from './reads/wallet-rows.js';
import { nextStretches, openSum } from './wallet-sum.js';

const size = 500;
const openMax = 100;
const wallet = (entries: number, fresh: number): WalletRow => ({
  ...{ walletId: 'w', currency: 'EUR', balance: '0', held: '0', day: 1, dayOut: '0', dayIn: '0', openHolds: '0' },
  ...{ entryNo: String(entries), lastNo: String(entries), fromNo: String(entries - fresh + 1) },
  ...{ unpostedOut: '0', unpostedDay: null },
});
const lengths = (open: ReturnType<typeof openSum>[]) =>
  nextStretches(open, size, openMax).map(({ fromNo, toNo }) => Number(toNo - fromNo) + 1);
const sum = (all: number[]) => all.reduce((total, one) => total + one, 0);

test('a hundred wallets with one new entry each read a chunk, however many entries they have', () => {
  const open = Array.from({ length: openMax }, () => openSum(wallet(10_000, 1)));
  expect(lengths(open)).toHaveLength(openMax);
  expect(sum(lengths(open))).toBeLessThanOrEqual(size);
});

test('what is new is read whole where it fits, a large wallet by itself', () => {
  expect(lengths([openSum(wallet(10_000, 300)), openSum(wallet(10_000, 150)), openSum(wallet(10_000, 90))])).toEqual([
    300, 150,
  ]);
  expect(lengths([openSum(wallet(10_000, 10_000)), openSum(wallet(10, 1))])).toEqual([size]);
});

test('who looks for the day of the counters takes twice as many each time', () => {
  const taken: number[] = [];
  let open = openSum(wallet(10_000, 1));
  for (let i = 0; i < 9; i++) {
    const [asked] = nextStretches([open], size, openMax);
    if (!asked) throw new Error('nothing was asked for');
    taken.push(Number(asked.toNo - asked.fromNo) + 1);
    open = { ...open, toNo: String(asked.fromNo - 1n) };
  }
  expect(taken).toEqual([5, 5, 10, 20, 40, 80, 160, 320, size]);
});
