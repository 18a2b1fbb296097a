import { afterEach, beforeEach, expect, test } from 'vitest';
import { payment, TestEngines } from '../testing/test-engines.js';

let engines: TestEngines;

beforeEach(async () => {
  engines = await TestEngines.start(2, 1);
});
afterEach(() => engines.stop());

const takeovers = async () =>
  (await engines.database.admin.query('SELECT count(*)::int AS n FROM partition_takeovers')).rows[0].n as number;
const owned = (which: TestEngines['members'][0]) => engines.partitionsOf(which).then(({ length }) => length);
/** The active one, and the other. */
async function roles() {
  const [a, b] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
  return (await owned(a)) > 0 ? { active: a, standby: b } : { active: b, standby: a };
}

test('of two engines one owns all; where it leaves the other goes on at once, and a third that starts moves nothing', async () => {
  const { active, standby } = await roles();
  expect([await owned(active), await owned(standby)]).toEqual([64, 0]);
  // The one that stands by need not connect when it takes over.
  const { rows } = await engines.database.admin.query(
    `SELECT application_name FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE '% commit' ORDER BY 1`,
  );
  expect(rows.map((row) => row.application_name)).toEqual(['test-1 commit', 'test-2 commit']);
  const [a, b] = [await engines.createWallet(), await engines.createWallet()];
  await engines.deposit(a, 100_000n);

  await active.stop();
  expect(await engines.send(payment(a, b, 10_000n))).toMatchObject({ transaction: { status: 'SUCCESS' } });
  await expect.poll(() => owned(standby), { timeout: 15_000 }).toBe(64);
  const before = await takeovers();

  const third = await engines.startEngine();
  // It has been alive for longer than it would wait before a claim.
  await expect.poll(() => third.standsBy, { timeout: 15_000 }).toBe(true);
  expect([await owned(standby), await owned(third), await takeovers()]).toEqual([64, 0, before]);
  await standby.stop();
  expect(await engines.send(payment(a, b, 10_000n))).toMatchObject({ transaction: { status: 'SUCCESS' } });
  await expect.poll(() => owned(third), { timeout: 15_000 }).toBe(64);
});

test('an engine that was told nothing, as one of before, makes all of them active; once it is gone one is again', async () => {
  const unlimited = await engines.startEngine({ enginesActive: null });
  const spread = async () => Promise.all(engines.members.map(owned));
  await expect.poll(async () => Math.min(...(await spread())), { timeout: 15_000 }).toBeGreaterThan(5);
  await unlimited.stop();
  await expect.poll(async () => (await spread()).toSorted((a, b) => a - b), { timeout: 15_000 }).toEqual([0, 0, 64]);
});
