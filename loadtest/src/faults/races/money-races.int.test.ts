import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultRun } from '../fault-run.js';
import { settled } from '../takeover-times.js';
import { captureRaceOutcome, captureRaces, type ExpiryRaces, expiryRaces } from './hold-races.js';
import { dailyLimitRace, limitChangeRace } from './limit-races.js';
import { refundRaceOutcome, refundRaces, reversalRaceOutcome, reversalRaces } from './refund-races.js';

/** Of two engines one is active, and two gateways ask it: every race meets both. */
describe('while others use the platform', () => {
  let run: FaultRun;
  let random: () => number;

  beforeAll(async () => {
    run = await FaultRun.start({ engines: 2, active: 1, gateways: 2 });
    random = seededRandom(run.seed + 1);
    run.traffic.start(5);
    await settled(run);
  }, 60_000);
  afterAll(() => run?.stop());

  /** Races until in one all was over within two seconds: a machine that is busy with something else spoils some, a fault all. */
  async function expiriesInTime({ kill }: { kill: boolean }): Promise<ExpiryRaces[]> {
    const races: ExpiryRaces[] = [];
    const latest = () => Math.min(...races.map(({ latestMs }) => latestMs));
    while (races.length === 0 || (latest() >= 2_000 && races.length < 4)) {
      const race = await expiryRaces(run, 30, { kill, spreadMs: 60, random });
      expect(race.wrong).toEqual([]);
      races.push(race);
    }
    expect(latest(), JSON.stringify(races)).toBeLessThan(2_000);
    return races;
  }

  test('each gateway has a name and a place of its own', () => {
    const { gateways } = run.platform;
    expect(gateways.map(({ name }) => name)).toEqual(['gateway-1', 'gateway-2']);
    expect(new Set(gateways.map(({ url }) => url)).size).toBe(2);
  });

  test('of ten captures of 30 that race on a hold of 100 three succeed, and 10 remain', async () => {
    expect(await captureRaces(run, 10)).toEqual(Array(10).fill(captureRaceOutcome));
  });

  test('so they do when the owner is killed meanwhile', async () => {
    expect(await captureRaces(run, 5, random() * 20)).toEqual(Array(5).fill(captureRaceOutcome));
  }, 30_000);

  test('a capture that races with the expiry has one winner', async () => {
    const races = await expiriesInTime({ kill: false });
    const won = () => [races.some(({ captured }) => captured > 0), races.some(({ expired }) => expired > 0)];
    // A busy machine may be late with all of a race's captures.
    while (won().includes(false) && races.length < 8) races.push(...(await expiriesInTime({ kill: false })));
    const [captured, expired] = [races.map((race) => race.captured), races.map((race) => race.expired)];
    expect([Math.max(...captured) > 0, Math.max(...expired) > 0], `${captured} captured, ${expired} expired`).toEqual([
      true,
      true,
    ]);
  }, 120_000);

  test('the owner killed at expiresAt: one EXPIRY each, within two seconds of the takeover', async () => {
    await expiriesInTime({ kill: true });
  }, 120_000);

  test.each([false, true])(
    'of 3,200 payments of 1 a daily limit of 1,000 lets 1,000 pass; holds among them: %s',
    async (mixed) => {
      const race = await dailyLimitRace(run, { mixed });
      expect(race).toEqual({ passed: 1_000, refused: 2_200, counted: 1_000, other: [] });
    },
    40_000,
  );

  test('payments that race with a change of their limit keep to it from then on', async () => {
    for (let race = 0; race < 5; race += 1) {
      const { before, after } = await limitChangeRace(run);
      expect(after, `${before} before`).toBe(Math.max(0, 20 - before));
    }
  }, 30_000);

  test('of ten refunds of 30 that race on a payment of 100 three succeed', async () => {
    expect(await refundRaces(run, 10)).toEqual(Array(10).fill(refundRaceOutcome));
    expect(await refundRaces(run, 5, random() * 20)).toEqual(Array(5).fill(refundRaceOutcome));
  }, 30_000);

  test('refunds and a reversal that race share what was paid', async () => {
    expect(await reversalRaces(run, 12)).toEqual(Array(12).fill(reversalRaceOutcome));
  }, 30_000);

  test('the books balance and every answer stands', async () => {
    await run.traffic.stop();
    const { wrong, story } = await run.verdict();
    expect(wrong, story).toEqual([]);
  }, 60_000);
});
