import { expect, it } from 'vitest';
import { ClosedTime } from './closed-time.js';

it('says how far it is behind while a transaction does not end, and that it is not once it has', async () => {
  let [second, passed] = [1_000, true];
  const query = async (text: string) => ({
    rows: [text.includes('xmin') ? { passed } : { ms: String(second * 1_000), mark: '7' }],
  });
  const closed = new ClosedTime({ query } as never, 10);
  const reached = async (at: number) => {
    second = at;
    return [await closed.reach(), closed.lagS];
  };
  expect(await reached(1_000)).toEqual([1_000, 0]);
  passed = false;
  expect(await reached(1_070)).toEqual([1_000, 70]);
  passed = true;
  expect(await reached(1_080)).toEqual([1_080, 0]);
  const never = new ClosedTime({ query } as never, 10);
  passed = false;
  await never.reach();
  second = 1_200;
  expect([await never.reach(), never.lagS]).toEqual([0, 120]);
});
