import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from '../database.js';
import type { Surroundings } from '../parts.js';
import { JobRunner } from '../schedule/job-runner.js';
import { digestsJob } from './digests-job.js';

const log = pino({ level: 'silent' });
let scratch: ScratchDatabase;
let database: Database;

beforeAll(async () => {
  scratch = await createScratchDatabase('digest');
  database = openDatabase({ url: scratch.urlAs('wallet_workers'), connectionsMax: 8 }, log);
  await scratch.admin.query(
    `INSERT INTO ledger_minutes (minute, batches, succeeded, failed, figures, latency)
     SELECT m, 1, 100, 2, '{"failuresByCode": {"INSUFFICIENT_FUNDS": 2}}', '{0,0,0,102}'
       FROM generate_series('2026-11-23'::timestamptz AT TIME ZONE 'UTC', '2026-11-26 23:59'::timestamptz AT TIME ZONE 'UTC', interval '1 minute') m`,
  );
});
afterAll(async () => {
  await database?.end();
  await scratch?.drop();
});

test('a digest that is asked for is sent once, with the sums of SQL', async () => {
  const asked = `SELECT request_digest('01a204c4-5be4-733a-8403-d060098f0282', 'ann@example.com', '2026-11-24', 'user:ann', NULL) AS ok`;
  expect((await scratch.admin.query(asked)).rows).toEqual([{ ok: true }]);
  const metrics = new Registry();
  const surroundings = { database, log, metrics, config: { consoleUrl: null } } as unknown as Surroundings;
  const pace = { lookEveryMs: 20, beatEveryMs: 100, livesMs: 2_000 };
  const runner = new JobRunner(database, [digestsJob(surroundings)], { worker: 'worker', log, pace });
  await runner.start();
  await scratch.admin.query(`SELECT * FROM request_job_run(gen_random_uuid(), 'digests', 'user:ann', NULL)`);
  const mails = await vi.waitFor(async () => {
    const { rows } = await scratch.admin.query('SELECT recipient, text_body, html_body FROM mails');
    expect(rows).toHaveLength(1);
    return rows;
  }, 10_000);
  await runner.stop();
  const { rows } = await scratch.admin.query(
    `SELECT sum(succeeded) AS s, sum(failed) AS f FROM ledger_minutes WHERE minute >= '2026-11-24Z' AND minute < '2026-11-25Z'`,
  );
  const grouped = (n: string) => Number(n).toLocaleString('en-US');
  for (const body of [mails[0].text_body, mails[0].html_body]) {
    expect(body).toContain(grouped(rows[0].s));
    expect(body).toContain(grouped(rows[0].f));
  }
  expect(mails[0].html_body.length).toBeLessThan(80_000);
  const { rows: digests } = await scratch.admin.query('SELECT status, tries FROM digests');
  expect(digests).toEqual([{ status: 'SENT', tries: 1 }]);
  expect(await metrics.metrics()).toContain('wallet_workers_digests_total{outcome="SENT"} 1');
});
