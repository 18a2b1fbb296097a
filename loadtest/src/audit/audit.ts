import pg from 'pg';
import { type Acknowledged, checkAcknowledged } from './acknowledged.js';
import { checkBatches } from './batches.js';
import { type AuditReport, Findings } from './report.js';
import { runTableCheck, tableChecks } from './table-checks.js';

export type { Acknowledged, AcknowledgedTransaction } from './acknowledged.js';
export type { AcknowledgedHold } from './acknowledged-holds.js';
export type { AcknowledgedLimits } from './acknowledged-limits.js';
export type { AuditReport, CheckResult } from './report.js';

export interface AuditOptions {
  /** Answers that callers were given: each must be in the ledger, as it was told. */
  acknowledged?: Iterable<Acknowledged>;
  /** Called as long work goes on. */
  onProgress?: (message: string) => void;
}

/**
 * Proves the books from the tables alone: money, entry numbers, keys of all kinds, status changes, event numbers, ownership, batches,
 * wallet creations, digests, Merkle roots and hash chains are all computed again here, none with the code that writes them. Of the
 * engine's contract it takes names, and which kinds move money.
 *
 * Everything is read in one REPEATABLE READ snapshot: exact on a quiet ledger, correct as of one moment on a live one.
 * Every batch is one database transaction, so a snapshot never shows half of one. On a busy ledger the open snapshot
 * keeps old row versions from being cleaned up while it lasts (about a minute for a million transactions on two cores).
 */
export async function audit(database: string | pg.Client, options: AuditOptions = {}): Promise<AuditReport> {
  if (typeof database !== 'string') return auditSnapshot(database, options);
  const client = new pg.Client({ connectionString: database, application_name: 'audit' });
  await client.connect();
  try {
    return await auditSnapshot(client, options);
  } finally {
    await client.end();
  }
}

async function auditSnapshot(client: pg.Client, options: AuditOptions): Promise<AuditReport> {
  const startedAt = Date.now();
  const progress = options.onProgress ?? (() => {});
  const findings = new Findings();
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await client.query(
      `SET LOCAL work_mem = '256MB'; SET LOCAL jit = off; SET LOCAL TimeZone = 'UTC';
       SET LOCAL statement_timeout = 0; SET LOCAL search_path = public`,
    );
    for (const check of tableChecks) {
      progress(check.progress);
      await runTableCheck(client, check, findings);
    }
    const transactions = await checkBatches(client, findings, progress);
    if (options.acknowledged) {
      progress('acknowledged transactions');
      await checkAcknowledged(client, options.acknowledged, findings);
    }
    const checks = findings.results();
    return {
      database: { host: client.host, port: client.port, name: client.database ?? '', role: client.user ?? '' },
      clean: checks.every((check) => check.findingCount === 0),
      transactions,
      durationMs: Date.now() - startedAt,
      checks,
    };
  } finally {
    await client.query('ROLLBACK');
  }
}
