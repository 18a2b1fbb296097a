import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { buildAuditLogIndexes } from './audit-log-indexes.js';
import { buildMonthIndexes } from './month-indexes.js';

export const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));

/** Brings a database to the newest schema, as its owner. Several at once wait for each other. Returns what it applied. */
export async function migrateSchema(databaseUrl: string): Promise<string[]> {
  const applied = await runner({
    databaseUrl,
    dir: migrationsFolder,
    migrationsTable: 'migrations',
    direction: 'up',
    advisoryLockMode: 'wait',
    checkOrder: true,
    // Each migration in a transaction of its own: what one locks is free again before the next, which may read whole tables.
    singleTransaction: false,
    // What it cannot do it also throws, and who called says it: said here too, with all that Node knows of it, it hides that one line.
    logger: { debug() {}, info() {}, warn: console.warn, error: sayUnlessUnconnected },
  });
  const indexes = [...(await buildMonthIndexes(databaseUrl)), ...(await buildAuditLogIndexes(databaseUrl))];
  return [...applied.map(({ name }) => name), ...indexes];
}

function sayUnlessUnconnected(message: string): void {
  if (!String(message).startsWith('could not connect to postgres')) console.error(message);
}
