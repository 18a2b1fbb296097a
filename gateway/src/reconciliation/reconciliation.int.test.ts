import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

let api: TestPlatform;
beforeAll(async () => {
  api = await startTestPlatform();
});
afterAll(() => api?.close());

const sql = (text: string, values: unknown[] = []) => api.scratch.database.admin.query(text, values);
const request = (mode: string) => api.call('POST', '/api/reconciliation/runs', { mode });
const rowsOf = async (subject: string) => (await api.get(`/api/audit?subject=${subject}`)).items;

/** As the workers would. */
async function end(runId: string, status: 'CLEAN' | 'BREAKS'): Promise<void> {
  await sql(
    `UPDATE reconciliation_runs SET status = $2, started_at = now(), finished_at = now(), wallets = 3, transactions = 5, batches = 2
      WHERE run_id = $1`,
    [runId, status],
  );
}

async function find(runId: string, delta: string): Promise<string> {
  const findingId = randomUUID();
  await sql(
    `INSERT INTO reconciliation_findings (finding_id, check_name, wallet_id, what, currency, expected, found, delta, break_digest,
       first_run_no, last_run_no)
     SELECT $1, 'BALANCE', gen_random_uuid(), 'balance', 'EUR', '0.00', $3, $3, sha256($4::bytea), run_no, run_no
       FROM reconciliation_runs WHERE run_id = $2`,
    [findingId, runId, delta, findingId],
  );
  return findingId;
}

it('there is no report before the first run', async () => {
  expect((await api.call('GET', '/api/reconciliation/report')).body.code).toBe('RUN_NOT_FOUND');
  expect(await api.get('/api/reconciliation/runs')).toEqual({ items: [], nextCursor: null });
});

it('one run is asked for at a time, whoever asks, and each is a row of the audit log', async () => {
  const asked = await Promise.all(Array.from({ length: 8 }, () => request('full')));
  const made = asked.filter(({ status }) => status === 202);
  expect(made).toHaveLength(1);
  const { runId } = made[0]?.body ?? {};
  const refused = asked.filter(({ status }) => status === 409).map(({ body }) => [body.code, body.runId]);
  expect(refused).toEqual(Array(7).fill(['RUN_UNDER_WAY', runId]));
  expect(await rowsOf(runId)).toMatchObject([{ action: 'RECONCILIATION_REQUESTED', after: { mode: 'full' } }]);
  const running = await api.get('/api/reconciliation/report');
  expect(running).toMatchObject({
    runId,
    mode: 'full',
    status: 'RUNNING',
    progress: 0,
    findings: [],
    finishedAt: null,
  });
  await end(runId, 'CLEAN');
  const ended = await api.get('/api/reconciliation/report');
  expect(ended).toMatchObject({
    runId,
    status: 'CLEAN',
    progress: 1,
    checked: { wallets: 3, transactions: 5, batches: 2 },
  });
  const next = await request('incremental');
  expect(next.status).toBe(202);
  await end(next.body.runId, 'CLEAN');
  const { items } = await api.get('/api/reconciliation/runs');
  expect(items.map((run: { runId: string }) => run.runId)).toEqual([next.body.runId, runId]);
});

it('a report is paged, and stays of its run while others begin', async () => {
  const { runId } = (await request('full')).body;
  const ids = [await find(runId, '1.00'), await find(runId, '2.00'), await find(runId, '3.00')].sort();
  await end(runId, 'BREAKS');
  const first = await api.get('/api/reconciliation/report?limit=2');
  const later = (await request('incremental')).body.runId;
  const second = await api.get(`/api/reconciliation/report?limit=2&cursor=${first.nextCursor}`);
  expect([first.runId, second.runId, second.nextCursor]).toEqual([runId, runId, null]);
  const found = [...first.findings, ...second.findings].map(({ findingId }) => findingId);
  expect(found).toEqual(ids);
  await end(later, 'CLEAN');
  expect((await api.get('/api/reconciliation/report')).findings).toEqual([]);
  expect((await api.get(`/api/reconciliation/report?runId=${runId}`)).findings).toHaveLength(3);
});

it('a finding is explained by an operator, once, and not when it is gone', async () => {
  const { runId } = (await request('full')).body;
  const findingId = await find(runId, '4.00');
  await end(runId, 'BREAKS');
  const path = `/api/reconciliation/findings/${findingId}/explain`;
  for (const _ of [1, 2]) {
    const explained = await api.call('POST', path, { note: 'a restored backup' });
    expect(explained.status).toBe(200);
    expect(explained.body).toMatchObject({
      ...{ findingId, status: 'EXPLAINED', note: 'a restored backup', explainedBy: 'dev' },
    });
  }
  expect(await rowsOf(findingId)).toMatchObject([{ action: 'FINDING_EXPLAINED', reason: 'a restored backup' }]);
  await sql(`UPDATE reconciliation_findings SET status = 'CLOSED', closed_at = now() WHERE finding_id = $1`, [
    findingId,
  ]);
  expect((await api.call('POST', path, { note: 'late' })).body.code).toBe('FINDING_CLOSED');
  const unknown = `/api/reconciliation/findings/${randomUUID()}/explain`;
  expect((await api.call('POST', unknown, { note: 'x' })).body.code).toBe('FINDING_NOT_FOUND');
  expect((await api.call('POST', path, { note: '' })).status).toBe(400);
});
