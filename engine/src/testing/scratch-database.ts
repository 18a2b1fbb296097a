import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrateSchema } from '../schema.js';

export interface ScratchDatabase {
  /** As superuser. */
  readonly url: string;
  /** As the role `wallet_engine`. */
  readonly engineUrl: string;
  readonly gatewayUrl: string;
  readonly admin: pg.Pool;
  drop(): Promise<void>;
}

/** A migrated database of its own on the tests' server. */
export async function createScratchDatabase(): Promise<ScratchDatabase> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) throw new Error('TEST_DATABASE_URL is not set: run the tests with npm test');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = withParts(server, { pathname: `/${name}` });
  await migrateSchema(url);
  const admin = new pg.Pool({ connectionString: url, max: 4 });
  for (const role of ['wallet_engine', 'wallet_gateway', 'wallet_audit']) {
    await admin.query(`ALTER ROLE ${role} PASSWORD 'test'`).catch(concurrentUpdateIsFine);
  }
  return {
    url,
    admin,
    engineUrl: withParts(url, { username: 'wallet_engine', password: 'test' }),
    gatewayUrl: withParts(url, { username: 'wallet_gateway', password: 'test' }),
    async drop() {
      await admin.end();
      await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

function concurrentUpdateIsFine(error: { code?: string }): void {
  if (error.code !== 'XX000') throw error;
}

function withParts(url: string, parts: { pathname?: string; username?: string; password?: string }): string {
  return Object.assign(new URL(url), parts).toString();
}
