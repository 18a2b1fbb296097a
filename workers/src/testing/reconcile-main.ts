import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { openDatabase } from '../database.js';
import { Reconciliation } from '../reconciliation/reconciliation.js';

/**
 * One run by the part that does it in the workers, in a process of its own, whose memory can be watched and which can be killed:
 * `node reconcile-main.js URL MODE` tells what came of it. Without a mode it goes on with the run that is there.
 */
const [, , url = '', mode] = process.argv;
const log = pino({ level: 'warn' }, pino.destination(2));
const database = openDatabase({ url, connectionsMax: 2 }, log);
const staleMs = Number(process.env.STALE_MS ?? 60_000);
await database.query('SELECT 1');
const rssMbBefore = Math.round(process.memoryUsage.rss() / 1_048_576);
if (mode !== undefined) {
  await database.query(`INSERT INTO reconciliation_runs (run_id, mode, requested_by) VALUES ($1, $2, 'tests')`, [
    randomUUID(),
    mode,
  ]);
}
const reconciliation = new Reconciliation({ database, databaseUrl: url, log, suspensions: null, staleMs });
reconciliation.start();
for (;;) {
  const { rows } = await database.query(
    `SELECT run_no, status, wallets::int, transactions::int, batches::int FROM reconciliation_runs ORDER BY run_no DESC LIMIT 1`,
  );
  const { run_no: runNo, ...counts } = rows[0];
  if (['CLEAN', 'BREAKS', 'FAILED'].includes(counts.status)) {
    const { rows: findings } = await database.query(
      `SELECT check_name AS "check", what, expected, found FROM reconciliation_findings WHERE last_run_no >= $1 LIMIT 5`,
      [runNo],
    );
    process.stdout.write(`${JSON.stringify({ ...counts, findings, rssMbBefore })}\n`);
    break;
  }
  await sleep(200);
}
await reconciliation.stop();
await database.end();
