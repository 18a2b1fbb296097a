import { randomBytes, randomUUID } from 'node:crypto';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import type pg from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { inTransaction, openDatabase } from '../database.js';
import { deleteEnded, giveUpWaiting, kept } from './clean-up.js';
import { type Outcome, recordOutcomes, stopWebhook } from './delivery-rows.js';
import { OutcomeBook } from './outcome-book.js';
import { claimReplay } from './replays.js';

/** What is written down of deliveries, without anybody who sends. */
let scratch: ScratchDatabase;
let workers: pg.Pool;
let admin: pg.Pool;

beforeAll(async () => {
  scratch = await createScratchDatabase('delivery_rows');
  workers = openDatabase({ url: scratch.urlAs('wallet_workers'), connectionsMax: 10 }, pino({ level: 'silent' }));
  admin = scratch.admin;
});
afterAll(async () => {
  await workers?.end();
  await scratch?.drop();
});

const url = 'https://example.com/old';
async function hook(): Promise<string> {
  const id = uuidv7();
  await admin.query('SELECT create_webhook($1, $2, $3, NULL, NULL, $4, 1000, $5, NULL)', [
    ...[id, url, ['*'], `whsec_${randomBytes(24).toString('base64')}`, 'user:ann'],
  ]);
  return id;
}
const webhook = async (id: string) => (await admin.query('SELECT * FROM webhooks WHERE webhook_id = $1', [id])).rows[0];
const delivery = async (id: string) =>
  (await admin.query('SELECT * FROM webhook_deliveries WHERE delivery_id = $1', [id])).rows[0];

/** One that is on its way. */
async function onItsWay(webhookId: string, attempts: object[] = []): Promise<string> {
  const id = uuidv7();
  await admin.query(
    `INSERT INTO webhook_deliveries (delivery_id, webhook_id, event_id, event_type, claims, leased_until, attempts)
     VALUES ($1, $2, $3, 'transaction.succeeded', 1, now() + interval '30 s', $4)`,
    [id, webhookId, randomUUID(), JSON.stringify(attempts)],
  );
  return id;
}
const failed = (deliveryId: string, about: Partial<Outcome> = {}): Outcome => ({
  ...{ deliveryId, url, claim: 1, delivered: false, waitMs: 5_000, restMs: 0 },
  ...{ attempt: { status: 500, durationMs: 12, error: 'answered 500' } },
  ...about,
});
const restSeconds = async (id: string) => ((await webhook(id)).rests_until.getTime() - Date.now()) / 1_000;

test('a connection that is lost within a transaction fails that transaction, and nothing else', async () => {
  const lost = inTransaction(workers, async (client) => {
    // As Postgres closes one that is idle within a transaction. An error that nobody hears ends the process, and fails this run.
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    await admin.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    await ended;
  });
  await expect(lost).rejects.toThrow('not queryable');
  expect(await inTransaction(workers, async (client) => (await client.query('SELECT 1 AS one')).rows)).toEqual([
    { one: 1 },
  ]);
});

test('what waited for too long is given up with an attempt as every other has it, and the last 20 are kept', async () => {
  const attempt = { at: '2026-01-31T12:00:00.000Z', status: 500, durationMs: 1, error: 'answered 500' };
  const id = await onItsWay(
    await hook(),
    Array.from({ length: 20 }, () => attempt),
  );
  await admin.query(
    `UPDATE webhook_deliveries SET leased_until = NULL, created_at = now() - make_interval(days => $2, mins => 1) WHERE delivery_id = $1`,
    [id, kept.waiting],
  );
  expect(await giveUpWaiting(workers)).toBe(1);
  const { status, attempts } = await delivery(id);
  expect(status).toBe('FAILED');
  expect(attempts).toHaveLength(20);
  const { at, ...last } = attempts.at(-1);
  expect(last).toEqual({ status: null, durationMs: 0, error: 'it waited for more than 30 days' });
  expect(Math.abs(new Date(at).getTime() - Date.now())).toBeLessThan(60_000);
});

test('an attempt is written down once, however often it is said', async () => {
  const to = await hook();
  const id = await onItsWay(to);
  expect(await recordOutcomes(workers, [failed(id)])).toMatchObject([{ webhook_id: to, failures: 1 }]);
  expect(await recordOutcomes(workers, [failed(id)])).toEqual([]);
  expect(await delivery(id)).toMatchObject({ status: 'PENDING', failures: 1, attempts: [{ status: 500 }] });
  expect((await webhook(to)).failures).toBe(1);
});

test('an attempt is written down, and once, although its endpoint cannot be paused', async () => {
  const to = await hook();
  await admin.query(
    `UPDATE webhooks SET failures = 9, failing_since = now() - interval '13 hours' WHERE webhook_id = $1`,
    [to],
  );
  const id = await onItsWay(to);
  let recordings = 0;
  const database = {
    query: (query: string | object, values?: unknown[]) => {
      if (typeof query === 'string') throw new Error('away');
      recordings += 1;
      return workers.query(query as pg.QueryConfig, values);
    },
  };
  const rejecting = { query: async (query: string | object, values?: unknown[]) => database.query(query, values) };
  await new OutcomeBook(rejecting as never, pino({ level: 'silent' })).write(failed(id));
  expect(recordings).toBe(1);
  expect((await webhook(to)).status).toBe('ACTIVE');
});

test('what the old address answered stops nobody who has another one by now, nor counts against him', async () => {
  const to = await hook();
  await admin.query(
    `UPDATE webhooks SET url = 'https://example.com/new', failures = 9, failing_since = now() - interval '13 hours' WHERE webhook_id = $1`,
    [to],
  );
  const id = await onItsWay(to);
  expect(await recordOutcomes(workers, [failed(id, { restMs: 3_600_000 })])).toEqual([]);
  expect(await delivery(id)).toMatchObject({ failures: 1, leased_until: null });
  const stop = { webhookId: to, status: 'DISABLED', reason: 'it answered 410' } as const;
  expect(await stopWebhook(workers, { ...stop, url })).toBe(false);
  expect(await webhook(to)).toMatchObject({ status: 'ACTIVE', failures: 9, rests_until: null });
  expect(await stopWebhook(workers, { ...stop, url: 'https://example.com/new' })).toBe(true);
  expect((await webhook(to)).status).toBe('DISABLED');
});

test('Retry-After holds although another call ends after it, and is over once one gets through', async () => {
  const to = await hook();
  await recordOutcomes(workers, [failed(await onItsWay(to), { restMs: 600_000 })]);
  await recordOutcomes(workers, [failed(await onItsWay(to))]);
  expect(await restSeconds(to)).toBeGreaterThan(500);
  await recordOutcomes(workers, [failed(await onItsWay(to), { restMs: 1_000 })]);
  expect(await restSeconds(to)).toBeGreaterThan(500);
  // As one that has failed so often that it is left alone for a while.
  await admin.query('UPDATE webhooks SET failures = 9, failing_since = now() WHERE webhook_id = $1', [to]);
  await recordOutcomes(workers, [failed(await onItsWay(to))]);
  expect(await restSeconds(to)).toBeGreaterThan(500);
  await recordOutcomes(workers, [failed(await onItsWay(to), { delivered: true, waitMs: null })]);
  expect(await webhook(to)).toMatchObject({ failures: 0, rests_until: null });
});

test('what somebody has sent again while old ones are taken away stays', async () => {
  const id = await onItsWay(await hook());
  await admin.query(
    `UPDATE webhook_deliveries SET status = 'FAILED', leased_until = NULL, ended_at = now() - make_interval(days => $2, mins => 1)
      WHERE delivery_id = $1`,
    [id, kept.failed],
  );
  const somebody = await admin.connect();
  try {
    await somebody.query('BEGIN');
    await somebody.query('SELECT resend_webhook_delivery($1, $2, NULL)', [id, 'user:ann']);
    const deleting = deleteEnded(workers);
    await vi.waitFor(async () => {
      const { rows } = await admin.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(rows).toHaveLength(1);
    }, 10_000);
    await somebody.query('COMMIT');
    expect(await deleting).toBe(0);
  } finally {
    somebody.release();
  }
  expect(await delivery(id)).toMatchObject({ status: 'PENDING', failures: 0 });
});

test('replays take turns: a wide one that was asked for first does not keep the others waiting', async () => {
  const to = await hook();
  const ask = async (minutesAgo: number) => {
    const id = uuidv7();
    await admin.query(
      `INSERT INTO webhook_replays (replay_id, webhook_id, from_at, to_at, requested_by, requested_at)
       VALUES ($1, $2, now() - interval '1 day', now(), 'user:ann', now() - $3 * interval '1 minute')`,
      [id, to, minutesAgo],
    );
    return id;
  };
  const [wide, narrow] = [await ask(2), await ask(1)];
  const claimed: (string | undefined)[] = [];
  const claim = async (times: number) => {
    for (let i = 0; i < times; i++) {
      claimed.push((await claimReplay(workers))?.replay_id);
      await admin.query('UPDATE webhook_replays SET leased_until = NULL');
    }
  };
  await claim(4);
  expect(claimed).toEqual([wide, narrow, wide, narrow]);
  // Nor does a new one come before those that have had many turns.
  const late = await ask(0.5);
  await claim(6);
  expect(claimed.slice(4)).toEqual([wide, narrow, late, wide, narrow, late]);
});
