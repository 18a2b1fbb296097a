// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repoDir } from '../machine/paths.mjs';
import { createScratchDatabase } from '../testing/scratch-database.mjs';

const runbooksDir = join(repoDir, 'deploy', 'runbooks');

it('Postgres takes each statement of the pages', { timeout: 60_000 }, async ({ skip }) => {
  if (!process.env.TEST_DATABASE_URL) return skip('There is no Postgres to ask: run it by npm test.');
  const statements = readdirSync(runbooksDir).flatMap((name) => {
    const text = readFileSync(join(runbooksDir, name), 'utf8');
    const blocks = [...text.matchAll(/```sql\n([\s\S]*?)```/g), ...text.matchAll(/`(SELECT [^`]+)`/g)];
    return blocks.map(([, sql]) => [name, sql ?? '']);
  });
  expect(statements.length).toBeGreaterThan(5);
  const scratch = await createScratchDatabase('runbooks');
  try {
    for (const [name, sql] of statements)
      await expect(scratch.admin.query(sql ?? ''), `${name}: ${sql}`).resolves.toBeDefined();
    // A minute of a large ledger is read by its index, not all of it.
    const top = statements.find(([, sql]) => /FROM transactions/.test(sql ?? ''))?.[1];
    const client = await scratch.admin.connect();
    await client.query('SET enable_seqscan = off');
    const { rows } = await client.query(`EXPLAIN ${top}`);
    client.release();
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index Cond: \(transaction_id > /);
  } finally {
    await scratch.drop();
  }
});
