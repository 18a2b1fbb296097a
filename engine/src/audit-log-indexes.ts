import pg from 'pg';
import { waitForOthers } from './late-indexes.js';

/** Those that lists of the audit log are read along, one for each filter. */
const indexes = {
  audit_log_at: 'at, audit_id',
  audit_log_caller_at: 'caller, at, audit_id',
  audit_log_action_at: 'action, at, audit_id',
  audit_log_subject_at: 'subject, at, audit_id',
} as const;

/**
 * Built beside what writes there, which no migration could: a change of status would wait for it, and the payments of its call. What
 * was broken off is built again at the next run. Returns what it built.
 */
export async function buildAuditLogIndexes(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await waitForOthers(client, 'build_audit_log_indexes');
    const built: string[] = [];
    for (const [name, columns] of Object.entries(indexes)) {
      const { rows } = await client.query('SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND indisvalid', [
        name,
      ]);
      if (rows.length > 0) continue;
      await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
      await client.query(`CREATE INDEX CONCURRENTLY ${name} ON audit_log (${columns})`);
      built.push(name);
    }
    return built;
  } finally {
    await client.end();
  }
}
