import { setTimeout as sleep } from 'node:timers/promises';
import type { ClosedSecond } from '@smart-wallet/engine/contract/live.js';
import { liveHistorySeconds } from '@smart-wallet/engine/contract/live.js';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import pg from 'pg';
import { type Logger, pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../storage/database.js';
import { batchOf, randomBatch, secondsOfTable, writeBatch } from '../testing/ledger-rows.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { LedgerFeed } from './ledger-feed.js';

// The feed before a real Postgres, as the gateway's role; batches are written by hand.

const log: Logger = pino({ level: 'silent' });
let scratch: Scratch;
let owner: pg.Pool;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  scratch = await openScratch();
  owner = new pg.Pool({ connectionString: scratch.database.url, max: 4, idleTimeoutMillis: 0 });
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await owner.query('TRUNCATE ledger_batches');
});
afterAll(async () => {
  await owner?.end();
  await scratch?.database.drop();
});

interface Heard {
  seconds: ClosedSecond[];
  /** When each was told, Unix milliseconds. */
  toldAtMs: Map<number, number>;
  restarts: number[];
  ageMs(): number | null;
  until(second: number): Promise<void>;
}

async function startFeed(): Promise<Heard> {
  const database = openDatabase(
    { databaseUrl: scratch.database.urlAs('wallet_gateway'), databaseConnectionsMax: 2 },
    log,
    { applicationName: 'feed under test' },
  );
  const heard: Heard = {
    seconds: [],
    toldAtMs: new Map(),
    restarts: [],
    ageMs: () => feed.ageMs,
    async until(second) {
      for (let tries = 0; (heard.seconds.at(-1)?.second ?? 0) < second; tries++) {
        if (tries > 1_500) throw new Error(`second ${second} did not close`);
        await sleep(10);
      }
    },
  };
  const feed = new LedgerFeed(
    database,
    {
      closed(seconds) {
        heard.seconds.push(...seconds);
        for (const { second } of seconds) heard.toldAtMs.set(second, Date.now());
      },
      restarted: (from) => void heard.restarts.push(from),
    },
    log,
  );
  feed.start();
  stops.push(async () => {
    await feed.stop();
    await database.end();
  });
  while (!feed.caughtUp) await sleep(10);
  return heard;
}

/** An open transaction, which ends with the test at the latest. */
async function begin(): Promise<pg.PoolClient> {
  const client = await owner.connect();
  stops.push(async () => {
    await client.query('ROLLBACK');
    client.release();
  });
  await client.query('BEGIN');
  return client;
}

/** One that began and wrote a batch in the same second, so far into it: a busy machine may need more than one attempt. */
async function beginIn(offsetMs: number, payments: number): Promise<{ late: pg.PoolClient; second: number }> {
  for (;;) {
    await untilClock((secondNow() + 1) * 1_000 + offsetMs);
    const began = secondNow();
    const late = await begin();
    const second = secondOf(await writeBatch(late, batchOf(payments)));
    if (second === began) return { late, second };
    await late.query('ROLLBACK');
  }
}

const secondOf = (ms: number) => Math.floor(ms / 1_000);
const secondNow = () => secondOf(Date.now());
const untilClock = (ms: number) => sleep(Math.max(0, ms - Date.now()));

function of(heard: Heard, second: number): ClosedSecond {
  const found = heard.seconds.find((one) => one.second === second);
  if (!found) throw new Error(`second ${second} was not told`);
  return found;
}

function expectNoHole({ seconds, restarts }: Heard): void {
  expect(restarts).toHaveLength(1);
  expect(seconds.map(({ second }) => second)).toEqual(seconds.map((_, i) => (restarts[0] as number) + i));
}

describe('a second', () => {
  it('waits for a transaction that began in it, has that in its figures, and the next ones close after it', async () => {
    const heard = await startFeed();
    const { late, second } = await beginIn(400, 7);
    await untilClock((second + 1) * 1_000 + 300);
    // Somebody else commits meanwhile: the highest id that has ended is now above that of the late one.
    const beside = secondOf(await writeBatch(owner, batchOf(2)));
    await untilClock((beside + 2) * 1_000 + 500);
    await heard.until(second - 1);
    // It goes on looking.
    await expect.poll(heard.ageMs).toBeLessThan(1_000);
    expect(heard.seconds.at(-1)?.second).toBe(second - 1);
    const committedAtMs = Date.now();
    await late.query('COMMIT');
    await heard.until(beside + 2);
    expect(of(heard, second)).toMatchObject({ batches: 1, succeeded: 7 });
    expect(of(heard, beside)).toMatchObject({ batches: 1, succeeded: 2 });
    for (let each = second; each < beside + 2; each++) {
      expect(heard.toldAtMs.get(each)).toBeGreaterThanOrEqual(committedAtMs);
    }
    expectNoHole(heard);
  });

  it('waits for one that has the newest id of all: nothing ended after it began', async () => {
    const heard = await startFeed();
    const { late, second } = await beginIn(700, 3);
    await untilClock((second + 1) * 1_000 + 800);
    await heard.until(second - 1);
    expect(heard.seconds.at(-1)?.second).toBe(second - 1);
    await late.query('COMMIT');
    await heard.until(second);
    expect(of(heard, second).succeeded).toBe(3);
  });

  it('does not wait for one that began after it', async () => {
    const heard = await startFeed();
    const { late: other, second } = await beginIn(50, 1);
    await heard.until(second - 1);
    await other.query('ROLLBACK');
    await heard.until(second);
    expect(of(heard, second).batches).toBe(0);
  });

  it('closes soon after it is over', async () => {
    const heard = await startFeed();
    const first = secondNow() + 1;
    const soonest = () =>
      Math.min(...[...heard.toldAtMs].filter(([each]) => each >= first).map(([each, ms]) => ms - (each + 1) * 1_000));
    // Of a few: a machine that is busy with something else may hold up one.
    await expect.poll(soonest).toBeLessThan(600);
  });
});

describe('the closed seconds', () => {
  it('are the table, to the payment, from every gateway byte for byte, while batches come and come late', async () => {
    const seed = Date.now() % 100_000;
    const random = seededRandom(seed);
    const [one, other] = await Promise.all([startFeed(), startFeed()]);
    const first = secondNow();
    const writers = Array.from({ length: 4 }, async () => {
      while (secondNow() < first + 5) {
        const client = await owner.connect();
        await client.query('BEGIN');
        await writeBatch(client, randomBatch(random));
        await sleep(random() < 0.05 ? 1_200 * random() : 10 * random());
        await client.query(random() < 0.1 ? 'ROLLBACK' : 'COMMIT');
        client.release();
      }
    });
    await Promise.all(writers);
    const last = secondNow();
    await Promise.all([one.until(last), other.until(last)]);
    const table = await secondsOfTable(owner, first - 1, last + 1);
    expect(
      table.reduce((sum, { batches }) => sum + batches, 0),
      `seed ${seed}`,
    ).toBeGreaterThan(100);
    for (const expected of table) {
      expect(of(one, expected.second), `seed ${seed}`).toEqual(expected);
      expect(JSON.stringify(of(other, expected.second))).toBe(JSON.stringify(of(one, expected.second)));
    }
    expectNoHole(one);
    expectNoHole(other);
  });

  it('reach back as far as the history, from a table that was there before', async () => {
    const random = seededRandom(7);
    const now = Date.now();
    for (let i = 0; i < 300; i++) {
      await writeBatch(owner, { ...randomBatch(random), atMs: now - Math.floor(random() * 1_000_000) });
    }
    const heard = await startFeed();
    const [from] = heard.restarts as [number];
    expect(heard.seconds.length).toBeGreaterThanOrEqual(liveHistorySeconds);
    expect(heard.seconds.slice(0, liveHistorySeconds)).toEqual(
      await secondsOfTable(owner, from, from + liveHistorySeconds),
    );
    expectNoHole(heard);
  });

  it('come later, and all of them, when Postgres was away', async () => {
    const heard = await startFeed();
    const server = new URL(scratch.database.url);
    server.pathname = '/postgres';
    const admin = new pg.Pool({ connectionString: server.href, max: 1 });
    const connections = (allowed: boolean) =>
      admin.query(`ALTER DATABASE ${scratch.namespace} WITH ALLOW_CONNECTIONS ${allowed}`);
    try {
      await connections(false);
      await admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'feed under test' AND datname = $1",
        [scratch.namespace],
      );
      const awayFrom = secondNow();
      for (let i = 0; i < 6; i++) {
        await writeBatch(owner, batchOf(i + 1));
        await sleep(500);
      }
      expect(heard.seconds.at(-1)?.second).toBeLessThanOrEqual(awayFrom);
      expect(heard.ageMs()).toBeGreaterThan(2_000);
      await connections(true);
      const back = secondNow();
      await heard.until(back + 1);
      await expect.poll(heard.ageMs).toBeLessThan(1_500);
      expect(heard.seconds.filter(({ second }) => second >= awayFrom - 1 && second <= back)).toEqual(
        await secondsOfTable(owner, awayFrom - 1, back + 1),
      );
      expectNoHole(heard);
    } finally {
      await connections(true);
      await admin.end();
    }
  });
});
