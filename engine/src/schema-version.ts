import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Database } from './database.js';

const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));

/**
 * Throws unless every migration of this version has been applied: some of the rules stand in the newest one only, and an engine
 * that ran without it could make an atomic batch of before once more.
 */
export async function refuseOlderSchema(database: Database): Promise<void> {
  const applied = new Set(
    (await database.query<{ name: string }>('SELECT name FROM migrations')).map(({ name }) => name),
  );
  const missing = readdirSync(migrationsFolder)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .filter((name) => !applied.has(name));
  if (missing.length === 0) return;
  throw new Error(`the database lacks migrations of this version (${missing.join(', ')}): migrate it first`);
}
