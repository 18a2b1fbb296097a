import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';

const migrationsFolder = new URL('../../../engine/migrations/', import.meta.url);

/** A database of one's own with the platform's schema, empty. */
export interface ScratchDatabase {
  url: string;
  drop(): Promise<void>;
}

/** Makes a database on the server that `adminUrl` (a superuser's) points to, and applies the migrations in order. */
export async function createScratchDatabase(adminUrl: string, prefix = 'scratch'): Promise<ScratchDatabase> {
  const database = await createDatabase(adminUrl, prefix);
  await withClient(database.url, async (client) => {
    for (const migration of await readMigrations()) await client.query(migration);
  });
  return database;
}

/** @param templateUrl the database to copy; nobody may be connected to it */
export async function createDatabase(adminUrl: string, prefix: string, templateUrl?: string): Promise<ScratchDatabase> {
  const name = `${prefix}_${randomBytes(5).toString('hex')}`;
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const template = templateUrl === undefined ? '' : ` TEMPLATE ${new URL(templateUrl).pathname.slice(1)}`;
  await withClient(adminUrl, (client) => client.query(`CREATE DATABASE ${name}${template}`));
  return {
    url: url.href,
    drop: () => withClient(adminUrl, async (client) => void (await client.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  };
}

export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function readMigrations(): Promise<string[]> {
  const names = (await readdir(migrationsFolder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, migrationsFolder), 'utf8');
      return text.split(/^-- Down Migration$/m)[0] as string;
    }),
  );
}
