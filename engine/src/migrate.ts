import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';

const databaseUrl = process.env.DATABASE_URL;
if (!databaseUrl) {
  process.stderr.write('DATABASE_URL is not set: give the URL of the database, as its owner\n');
  process.exit(2);
}

/** Brings the database to the newest schema. Several at once wait for each other. */
const applied = await runner({
  databaseUrl,
  dir: fileURLToPath(new URL('../migrations', import.meta.url)),
  migrationsTable: 'migrations',
  direction: 'up',
  advisoryLockMode: 'wait',
  checkOrder: true,
  logger: { debug() {}, info() {}, warn: (text: string) => console.warn(text), error: (text: string) => console.error(text) },
} as Parameters<typeof runner>[0]);
console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.map(({ name }) => name).join(', ')}.`);
