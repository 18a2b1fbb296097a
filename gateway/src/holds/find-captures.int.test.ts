import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ListDatabase, openListDatabase } from '../storage/list-database.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { touchedBy } from '../testing/touched-rows.js';
import { findCaptures } from './find-hold.js';

const holdId = '01a00000-0000-7000-8000-000000000001';
const count = 2_000;
const succeeded = 20;

let scratch: Scratch;
let database: ListDatabase;

beforeAll(async () => {
  scratch = await openScratch();
  database = openListDatabase({ databaseUrl: scratch.database.urlAs('wallet_gateway') }, pino({ level: 'silent' }));
  await scratch.database.admin.query(
    `INSERT INTO transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id, receiver_wallet_id,
       amount, currency, sender_entry_no, receiver_entry_no, sender_balance_after, receiver_balance_after, failure_code, failure_reason,
       parent_transaction_id, partition, worker_id, batch_seq, initiated_at, processing_at, created_at)
     SELECT uuidv7(), 'CAPTURE', CASE WHEN no IS NULL THEN 'FAILED' ELSE 'SUCCESS' END::transaction_status, 'c', 'c' || i, md5(i::text)::uuid,
            gen_random_uuid(), gen_random_uuid(), 1, 'EUR', no, no, no, no, CASE WHEN no IS NULL THEN 'CAPTURE_EXCEEDS_HOLD' END,
            CASE WHEN no IS NULL THEN 'too much' END, $1, 1, gen_random_uuid(), i, now(), now(), now()
       FROM generate_series(1, ${count}) AS i, LATERAL (SELECT CASE WHEN i % ${count / succeeded} = 0 THEN i END AS no) AS n`,
    [holdId],
  );
});
afterAll(async () => {
  await database?.end();
  await scratch?.database.drop();
});

it.each(['never analyzed', 'analyzed'])(
  'a hold\u2019s captures are found without a look at those that were refused, however many they are (%s)',
  async (statistics) => {
    if (statistics === 'analyzed') await scratch.database.admin.query('ANALYZE');
    const { rows, nodes } = await touchedBy(database, async () => {
      const captures = await findCaptures(database, holdId);
      expect(captures).toHaveLength(succeeded);
      expect(captures).toEqual(captures.toSorted());
    });
    expect(rows).toBeLessThanOrEqual(succeeded);
    expect([...nodes].filter((node) => node.includes('Seq Scan'))).toEqual([]);
  },
);
