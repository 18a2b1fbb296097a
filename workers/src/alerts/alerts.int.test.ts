import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { inTransaction } from '../database.js';
import { writeDrainedWallets } from '../testing/drained-wallets.js';
import { openWorkersScratch, type WorkersScratch } from '../testing/workers-scratch.js';
import { type AlertConfig, readConfigs } from './alert-config.js';
import { AlertSources } from './alert-sources.js';
import { evaluate } from './evaluate.js';
import { EvaluatorLease, LeaseLostError } from './evaluator-lease.js';
import { openAlerts } from './open-alerts.js';
import type { Fires } from './rules/alert-rule.js';

let stage: WorkersScratch;
let owner: pg.Pool;

beforeAll(async () => {
  stage = await openWorkersScratch({ ALERT_EVERY: '1s', CONSOLE_URL: 'https://console.example/' });
  owner = new pg.Pool({ connectionString: stage.scratch.url, max: 4 });
});
afterAll(async () => {
  await owner?.end();
  await stage?.close();
});
beforeEach(async () => {
  await owner.query(
    `TRUNCATE alerts, alert_history, alert_keys, alert_events, alert_tests, mails, gateway_seconds, gateway_views, ledger_batches`,
  );
  await owner.query(
    `UPDATE alert_evaluator SET holder = NULL, leased_until = '-infinity', beat_at = NULL, event_sequence = 0`,
  );
  await owner.query(`UPDATE alert_configurations SET recipients = '{ann@example.com,bob@example.com}'`);
});

const mails = async () => (await owner.query('SELECT * FROM mails ORDER BY created_at, recipient')).rows;
const alerts = async () => (await owner.query('SELECT * FROM alerts ORDER BY created_at')).rows;
const log = pino({ level: 'silent' });

async function batch(succeeded: number, failed: number): Promise<void> {
  const figures = { succeeded, failed, failuresByCode: failed > 0 ? { INSUFFICIENT_FUNDS: failed } : {} };
  const latency = Array.from({ length: 33 }, (_, i) => (i === 4 ? succeeded + failed : 0));
  await owner.query(
    `INSERT INTO ledger_batches (worker_id, batch_seq, transaction_ids, figures, latency, merkle_root, digest, head_hash, created_at)
     VALUES ($1, 1, '{}', $2, $3, '', '', '', clock_timestamp())`,
    [randomUUID(), figures, latency],
  );
}

/** Judges at a time of its own. */
async function judge(now: Date, fires: readonly Fires[], change: Partial<AlertConfig> = {}): Promise<void> {
  const configs = await readConfigs(stage.database);
  const config = { ...(configs.get('FAILURE_RATE') as AlertConfig), ...change };
  await inTransaction(stage.database, (client) =>
    evaluate(client, {
      configs: new Map([['FAILURE_RATE', config]]),
      looked: new Map([['FAILURE_RATE', fires]]),
      ...{ now, consoleUrl: 'https://console.example', log },
    }),
  );
}

const rate = (value = 50): Fires => ({ subject: 'platform', value, says: `${value} % failed`, details: {} });

test('a burst of refusals raises an alert, its mails and its event, is acknowledged, and is over once the window is', async () => {
  await owner.query(`UPDATE alert_configurations SET window_minutes = 1 WHERE alert_type = 'FAILURE_RATE'`);
  const part = openAlerts({ ...stage, metrics: new (await import('prom-client')).Registry() });
  await part.start();
  try {
    await batch(1_000, 10);
    await vi.waitFor(async () => {
      expect((await owner.query('SELECT FROM alert_evaluator WHERE beat_at IS NOT NULL')).rowCount).toBe(1);
    }, 10_000);
    expect(await alerts()).toEqual([]);
    await batch(100, 300);
    await vi.waitFor(async () => expect(await alerts()).toHaveLength(1), 10_000);
    const [alert] = await alerts();
    expect(alert).toMatchObject({
      alert_type: 'FAILURE_RATE',
      subject: 'platform',
      severity: 'CRITICAL',
      status: 'PENDING',
    });
    expect(Number(alert.value)).toBeCloseTo((100 * 310) / 1_410);
    expect(alert.message).toContain('INSUFFICIENT_FUNDS (310)');
    const sent = await mails();
    expect(sent.map(({ recipient }) => recipient)).toEqual(['ann@example.com', 'bob@example.com']);
    expect(sent[0]).toMatchObject({ subject: '[CRITICAL] Payments fail' });
    expect(sent[0].text_body).toContain(`https://console.example/console/alerts/${alert.alert_id}`);

    await owner.query(`UPDATE mails SET status = 'SENT', sent_at = now()`);
    await vi.waitFor(async () => expect((await alerts())[0].status).toBe('SENT'), 5_000);
    await owner.query(`SELECT acknowledge_alert($1, 'user:1', 'on it', NULL)`, [alert.alert_id]);
    // The window passes.
    await owner.query(`UPDATE ledger_batches SET created_at = created_at - interval '2 minutes'`);
    await owner.query(
      `INSERT INTO alert_tests (alert_type, requested_by, requested_at) VALUES ('LATENCY', 'user:1', now())`,
    );
    await vi.waitFor(
      async () => expect((await mails()).filter(({ subject }) => subject.startsWith('[TEST]'))).toHaveLength(2),
      5_000,
    );
    const { rows } = await owner.query('SELECT event FROM alert_history ORDER BY history_id');
    expect(rows.map(({ event }) => event)).toEqual(['RAISED', 'NOTIFIED', 'ACKNOWLEDGED']);
    const audit = await owner.query(`SELECT FROM audit_log WHERE action = 'ALERT_ACKNOWLEDGED' AND subject = $1`, [
      alert.alert_id,
    ]);
    expect(audit.rowCount).toBe(1);
  } finally {
    await part.stop();
  }
});

test('flapping for an hour of simulated time is four mails at most to each, and the last one says that it is over', async () => {
  const start = Date.now();
  for (let second = 0; second < 3_600; second += 20) {
    const isOn = Math.floor(second / 120) % 2 === 0;
    await judge(new Date(start + second * 1_000), isOn ? [rate()] : []);
  }
  const told = (await mails()).filter(({ recipient }) => recipient === 'ann@example.com');
  const firing = told.filter(({ subject }) => subject.startsWith('[CRITICAL]'));
  expect(firing.length).toBeGreaterThan(1);
  expect(firing.length).toBeLessThanOrEqual(4);
  for (let second = 3_600; second < 7_200; second += 20) await judge(new Date(start + second * 1_000), []);
  const over = (await mails()).filter(
    ({ recipient, subject }) => recipient === 'ann@example.com' && subject.startsWith('[RESOLVED]'),
  );
  // Each of those who were told hears of the end at most once, and in the end everybody has.
  expect(over.length).toBeLessThanOrEqual(firing.length);
  expect((await mails()).at(-1).subject).toBe('[RESOLVED] Payments fail');
  expect((await owner.query('SELECT FROM alert_keys')).rowCount).toBe(0);
  const events = (await owner.query('SELECT sequence::int, type, data FROM alert_events ORDER BY sequence')).rows;
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
  // Who was told goes to no subscriber.
  expect(events.map(({ data }) => data.recipients)).toEqual(events.map(() => []));
  expect(JSON.stringify(events)).not.toContain('ann@example.com');
  expect(events.filter(({ type }) => type === 'alert.resolved')).toHaveLength(events.length / 2);
});

test('acknowledged, it is silent until it has doubled; switched off, it is over', async () => {
  const start = Date.now();
  await judge(new Date(start), [rate(20)]);
  const [alert] = await alerts();
  await owner.query(`SELECT acknowledge_alert($1, 'user:1', NULL, NULL)`, [alert.alert_id]);
  await judge(new Date(start + 20_000), [rate(39)]);
  expect((await alerts())[0]).toMatchObject({ status: 'ACKNOWLEDGED', value: '39' });
  expect(await mails()).toHaveLength(2);
  await judge(new Date(start + 40_000), [rate(40)]);
  expect((await alerts())[0]).toMatchObject({ status: 'PENDING', acknowledged_at: null });
  expect(await mails()).toHaveLength(4);
  await judge(new Date(start + 60_000), [], { enabled: false });
  expect((await alerts())[0]).toMatchObject({ status: 'RESOLVED' });
  expect(await mails()).toHaveLength(4);
});

test('an evaluator that was killed or frozen in the middle writes nothing more, and its successor tells once', async () => {
  const held = (name: string) => new EvaluatorLease(stage.database, { holderId: randomUUID(), name, everyS: 1 });
  const [first, second] = [held('first'), held('second')];
  expect(await first.hold()).toBe(true);
  expect(await second.hold()).toBe(false);
  const configs = await readConfigs(stage.database);
  const write = (lease: EvaluatorLease) =>
    inTransaction(stage.database, async (client) => {
      const now = await lease.fence(client);
      await evaluate(client, { configs, looked: new Map([['FAILURE_RATE', [rate()]]]), now, consoleUrl: null, log });
    });
  // It looked, and froze before it wrote.
  await owner.query(`UPDATE alert_evaluator SET leased_until = clock_timestamp() - interval '1 second'`);
  expect(await second.hold()).toBe(true);
  await write(second);
  await expect(write(first)).rejects.toThrow(LeaseLostError);
  expect(await first.hold()).toBe(false);
  await write(second);
  expect(await alerts()).toHaveLength(1);
  expect(await mails()).toHaveLength(2);
});

test('that nobody judged alerts is said by a gateway, once, and mailed by who comes next', async () => {
  const say = () =>
    owner.query<{ raised: boolean }>('SELECT raise_evaluator_silent($1, $2) AS raised', [
      randomUUID(),
      'silent for {seconds} s',
    ]);
  expect((await say()).rows[0]?.raised).toBe(false);
  await owner.query(`UPDATE alert_evaluator SET beat_at = clock_timestamp() - interval '119 seconds'`);
  expect((await say()).rows[0]?.raised).toBe(false);
  await owner.query(`UPDATE alert_evaluator SET beat_at = clock_timestamp() - interval '5 minutes'`);
  const said = await Promise.all([say(), say(), say()]);
  expect(said.filter(({ rows }) => rows[0]?.raised)).toHaveLength(1);
  expect(await alerts()).toMatchObject([{ alert_type: 'EVALUATOR_SILENT', status: 'PENDING' }]);
  const part = openAlerts({ ...stage, metrics: new (await import('prom-client')).Registry() });
  await part.start();
  await vi.waitFor(async () => expect(await mails()).toHaveLength(2), 10_000);
  await part.stop();
  expect(await alerts()).toHaveLength(1);
});

test('every type that has its facts here is judged by them, over windows of any length', async () => {
  await batch(50, 1);
  await owner.query(
    `SELECT record_gateway_seconds($1, jsonb_build_array(jsonb_build_array(floor(extract(epoch FROM now()))::bigint - 2, 900, 150, 30, 20, 5)),
       '{"3": 40, "4": 12}', true)`,
    [randomUUID()],
  );
  await owner.query(
    `UPDATE alert_configurations SET window_minutes = 1440 WHERE alert_type IN ('FAILURE_RATE', 'LATENCY')`,
  );
  await owner.query(
    `UPDATE alert_configurations SET threshold = 1, minimum_sample = 1 WHERE alert_type IN ('FAILURE_RATE', 'LATENCY')`,
  );
  await owner.query(
    `INSERT INTO dead_letters (dead_letter_id, queue, reason, attempts, first_failed_at, payload, payload_bytes, headers)
     SELECT gen_random_uuid(), 'mail.v1', 'refused', 5, now(), '', 0, '{}' FROM generate_series(1, 2)`,
  );
  await owner.query(
    `INSERT INTO reconciliation_findings (finding_id, check_name, what, break_digest, first_run_no, last_run_no)
     VALUES (gen_random_uuid(), 'BALANCE', 'balance', 'x', 1, 1)`,
  );
  // One that a person has paused needs nobody to be told.
  await owner.query(
    `INSERT INTO webhooks (webhook_id, url, event_types, status, created_by, status_by)
     SELECT gen_random_uuid(), 'https://shop.example/services/path-secret?key=secret', '{*}', 'PAUSED', 'x', by FROM unnest('{platform,user:1}'::text[]) AS by`,
  );
  await owner.query(
    `INSERT INTO broker_incidents (at, what, queue) SELECT now() - ago, 'QUEUE_LOST', 'mail.v1'
       FROM unnest('{1 minute,2 minutes,61 minutes}'::interval[]) AS ago`,
  );
  await vi.waitFor(async () => {
    const looked = await new AlertSources(stage.database, log).look(await readConfigs(stage.database));
    const values = Object.fromEntries([...looked].map(([type, fires]) => [type, fires.map(({ value }) => value)]));
    expect(values).toMatchObject({
      FAILURE_RATE: [100 / 51],
      SYSTEM_ERRORS: [30],
      REPEATED_DUPLICATES: [150],
      PARTITION_WITHOUT_OWNER: [40],
      WALLET_DRAIN: [],
      LEDGER_INCONSISTENCY: [1],
      DEAD_LETTERS: [2],
      WEBHOOK_PAUSED: [1],
      QUEUE_LOST: [2],
      EVALUATOR_SILENT: [],
    });
    expect(values.LATENCY?.[0]).toBeCloseTo(5);
    expect(JSON.stringify([...looked])).not.toMatch(/path-secret|key=secret/);
    expect(JSON.stringify([...looked])).toContain('https://shop.example ');
  }, 10_000);
  await owner.query(
    `UPDATE alert_configurations SET window_minutes = 5, threshold = 5, minimum_sample = 20 WHERE alert_type = 'FAILURE_RATE'`,
  );
});

test('a wallet that empties fast is told, with what it had and has, and one that is merely busy is not', async () => {
  const wallets = await writeDrainedWallets(owner);
  await owner.query(`UPDATE alert_configurations SET window_minutes = 10 WHERE alert_type = 'WALLET_DRAIN'`);
  const configs = await readConfigs(stage.database);
  await vi.waitFor(async () => {
    const fires = (await new AlertSources(stage.database, log).look(configs)).get('WALLET_DRAIN') ?? [];
    expect(fires.map(({ subject, value }) => [subject, value])).toEqual([[wallets.drained, 95]]);
    expect(fires[0]?.says).toMatch(/100\.00.*5\.00 EUR/);
  }, 10_000);
  // At 96 % it does not fire any more.
  const stricter = new Map(configs).set('WALLET_DRAIN', {
    ...(configs.get('WALLET_DRAIN') as AlertConfig),
    threshold: 96,
  });
  expect((await new AlertSources(stage.database, log).look(stricter)).get('WALLET_DRAIN')).toEqual([]);
});

test('a transaction that does not end holds up the alerts over windows alone', async () => {
  await owner.query(
    `INSERT INTO dead_letters (dead_letter_id, queue, reason, attempts, first_failed_at, payload, payload_bytes, headers)
     VALUES (gen_random_uuid(), 'mail.v1', 'refused', 5, now(), '', 0, '{}')`,
  );
  const open = await owner.connect();
  try {
    await open.query('BEGIN');
    await open.query('SELECT pg_current_xact_id()');
    const looked = await new AlertSources(stage.database, log).look(await readConfigs(stage.database));
    expect([...looked.keys()]).toEqual(expect.arrayContaining(['DEAD_LETTERS', 'LEDGER_INCONSISTENCY', 'QUEUE_LOST']));
    expect(looked.get('DEAD_LETTERS')).not.toEqual([]);
    expect([...looked.keys()]).not.toContain('FAILURE_RATE');
  } finally {
    await open.query('ROLLBACK');
    open.release();
  }
});

test('a look may take longer than the lease, and is given up once another evaluator has it', async () => {
  const [lease, other] = ['a', 'b'].map(
    (name) => new EvaluatorLease(stage.database, { holderId: randomUUID(), name, everyS: 1 }),
  ) as [EvaluatorLease, EvaluatorLease];
  expect(await lease.hold()).toBe(true);
  const leased = async () =>
    (await owner.query(`SELECT leased_until > clock_timestamp() + interval '5 seconds' AS is FROM alert_evaluator`))
      .rows[0].is;
  await lease.during(async () => {
    await owner.query(`UPDATE alert_evaluator SET leased_until = clock_timestamp() + interval '1 second'`);
    await vi.waitFor(async () => expect(await leased()).toBe(true), { timeout: 5_000, interval: 20 });
  }, 20);
  expect(await other.hold()).toBe(false);
  const look = lease.during(async (lost) => {
    await owner.query(`UPDATE alert_evaluator SET leased_until = '-infinity'`);
    await vi.waitFor(async () => expect(await other.hold()).toBe(true), { timeout: 5_000, interval: 1 });
    await vi.waitFor(() => expect(lost.aborted).toBe(true), { timeout: 5_000, interval: 20 });
  }, 200);
  await expect(look).rejects.toThrow(LeaseLostError);
});
