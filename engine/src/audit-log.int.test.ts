import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let scratch: ScratchDatabase;

beforeAll(async () => {
  scratch = await createScratchDatabase('audit_log');
  await scratch.admin.query(
    `INSERT INTO audit_log (caller, action, subject, detail) VALUES ('somebody', 'SOMETHING_DONE', 'something', '{}')`,
  );
});
afterAll(() => scratch?.drop());

const roles = ['wallet_engine', 'wallet_gateway', 'wallet_audit'] as const;

async function as<T>(role: (typeof roles)[number], work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(scratch.urlAs(role));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function rows() {
  return (await scratch.admin.query('SELECT * FROM audit_log ORDER BY audit_id')).rows;
}

const rewritten = `UPDATE audit_log SET caller = 'nobody'`;

describe.each(roles)('as %s the audit log', (role) => {
  test.each([
    rewritten,
    'DELETE FROM audit_log',
    'TRUNCATE audit_log',
    'SELECT FROM audit_log FOR UPDATE',
    `INSERT INTO audit_log (caller, action, subject, detail) VALUES ('x', 'X', 'x', '{}')`,
    `MERGE INTO audit_log USING (SELECT 1) AS one ON true WHEN MATCHED THEN UPDATE SET caller = 'nobody'`,
    'ALTER TABLE audit_log DISABLE TRIGGER ALL',
    'DROP TRIGGER audit_log_is_kept ON audit_log',
    'ALTER TABLE refund_totals DISABLE TRIGGER refund_totals_reversals',
    'CREATE RULE gone AS ON INSERT TO audit_log DO INSTEAD NOTHING',
    'CREATE OR REPLACE FUNCTION keep_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$',
    'DROP TABLE audit_log',
    'SET session_replication_role = replica',
    'SELECT record_reversals(ARRAY[gen_random_uuid()])',
    'SET CONSTRAINTS refund_totals_reversals DEFERRED; UPDATE refund_totals SET refunded = amount',
    `DO $$ BEGIN ${rewritten}; END $$`,
  ])('is refused: %s', async (sql) => {
    const before = await rows();
    await as(role, (client) => expect(client.query(sql)).rejects.toMatchObject({ code: '42501' }));
    expect(await rows()).toEqual(before);
  });

  test('has no function that changes or deletes a row', async () => {
    const { rows: found } = await scratch.admin.query(
      `SELECT proname FROM pg_proc WHERE has_function_privilege($1, oid, 'EXECUTE') AND pronamespace = 'public'::regnamespace
          AND prosrc ~* '(update|delete from|truncate|merge into|alter table)\\s+(only\\s+)?(public\\.)?audit_log'`,
      [role],
    );
    expect(found).toEqual([]);
  });
});

test.each([rewritten, 'DELETE FROM audit_log', 'TRUNCATE audit_log'])('its owner is refused, too: %s', async (sql) => {
  const before = await rows();
  await expect(scratch.admin.query(sql)).rejects.toMatchObject({ code: '42501' });
  expect(await rows()).toEqual(before);
});

test('a gateway writes down exports, and nothing else in their name', async () => {
  const record = (action: string) =>
    as('wallet_gateway', (client) =>
      client.query('SELECT record_export($1, $2, $3, $4, $5)', [action, 'subject', 'by', '{"rows": 1}', 'trace']),
    );
  await record('TRANSACTIONS_EXPORTED');
  expect((await rows()).at(-1)).toMatchObject({
    ...{ caller: 'by', action: 'TRANSACTIONS_EXPORTED', subject: 'subject' },
    detail: { after: { rows: 1 }, traceId: 'trace' },
  });
  await expect(record('WALLET_STATUS_CHANGED')).rejects.toMatchObject({ code: '22023' });
  for (const role of ['wallet_engine', 'wallet_audit'] as const) {
    const sql = `SELECT record_export('EXPORT_ENDED', '', '', '{}', '')`;
    await as(role, (client) => expect(client.query(sql)).rejects.toMatchObject({ code: '42501' }));
  }
});

test('its indexes are whole once the schema is migrated', async () => {
  const { rows: indexes } = await scratch.admin.query(
    `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'audit_log'::regclass AND indisvalid ORDER BY 1`,
  );
  expect(indexes.map(({ name }) => name)).toEqual([
    ...['audit_log_action_at', 'audit_log_at', 'audit_log_caller_at', 'audit_log_change', 'audit_log_pkey'],
    'audit_log_subject_at',
  ]);
});
