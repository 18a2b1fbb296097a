import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from '../fault-run.js';
import { settled } from '../takeover-times.js';
import { captureRaceOutcome, captureRaces, expiryRaces } from './hold-races.js';
import { dailyLimitRace } from './limit-races.js';
import { refundRaceOutcome, refundRaces } from './refund-races.js';

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

const rounds = Number(process.env.SOAK_RACES) || 200;
/** Races that one kill strikes. */
const atOnce = 5;
const soakMs = rounds * 4_000 + 120_000;

async function started(): Promise<() => number> {
  run = await FaultRun.start({ engines: 2, active: 1, gateways: 2 });
  run.traffic.start(5);
  await settled(run);
  return seededRandom(run.seed + 1);
}

async function verdict(said: string): Promise<void> {
  await run.traffic.stop();
  const { wrong, story } = await run.verdict();
  console.log(`${said}\n${story}`);
  expect(wrong, story).toEqual([]);
}

test(
  `${rounds} times ten captures race on a hold, and ten refunds on a payment, the owner killed meanwhile`,
  async () => {
    const random = await started();
    let kills = 0;
    for (let race = 0; race < rounds; race += atOnce) {
      expect(await captureRaces(run, atOnce, random() * 60), run.seedText).toEqual(
        Array(atOnce).fill(captureRaceOutcome),
      );
      expect(await refundRaces(run, atOnce, random() * 60), run.seedText).toEqual(
        Array(atOnce).fill(refundRaceOutcome),
      );
      kills += 2;
    }
    await verdict(`${rounds} races each, ${kills} kills`);
  },
  2 * soakMs,
);

test(
  `${rounds} times a capture races with the expiry, and as often with the owner killed just then: one winner each`,
  async () => {
    const random = await started();
    const counts: Record<string, number> = {};
    for (const kill of [false, true]) {
      for (let race = 0; race < rounds; race += 20) {
        const { captured, expired, wrong, latestMs } = await expiryRaces(run, 20, { kill, spreadMs: 60, random });
        expect(wrong, run.seedText).toEqual([]);
        expect(latestMs, run.seedText).toBeLessThan(2_000);
        const name = kill ? 'owner killed' : 'nobody killed';
        counts[`${name}: captured`] = (counts[`${name}: captured`] ?? 0) + captured;
        counts[`${name}: expired`] = (counts[`${name}: expired`] ?? 0) + expired;
        counts[`${name}: latest ms`] = Math.max(counts[`${name}: latest ms`] ?? 0, latestMs);
      }
    }
    expect(
      Object.values(counts).every((count) => count > 0),
      JSON.stringify(counts),
    ).toBe(true);
    await verdict(JSON.stringify(counts));
  },
  soakMs,
);

test('a daily limit lets exactly 1,000 pass, ten times, the owner killed meanwhile', async () => {
  const random = await started();
  for (let race = 0; race < 10; race += 1) {
    const outcome = await dailyLimitRace(run, { mixed: race % 2 === 1, killAfterMs: random() * 1_000 });
    expect(outcome, run.seedText).toEqual({ passed: 1_000, refused: 2_200, counted: 1_000, other: [] });
  }
  await verdict('10 races');
}, 600_000);
