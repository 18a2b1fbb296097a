// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withClient } from '../servers/postgres-client.mjs';
import { copyDatabase, createScratchDatabase, dropOldTemplates, templateOn } from './scratch-database.mjs';

const server = process.env.TEST_DATABASE_URL ?? '';
const TEMPLATES = "SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'";

/** @param {string} sql @param {string} [url] */
async function column(sql, url = server) {
  const { rows } = await withClient(url, (client) => client.query({ text: sql, rowMode: 'array' }));
  return rows.map(([value]) => value);
}

describe('a scratch database', () => {
  it('has the newest schema, in every process that asks at once, from one template', async () => {
    const script = `const { createScratchDatabase } = await import(${JSON.stringify(join(import.meta.dirname, 'scratch-database.mjs'))});
      const { url, urlAs, drop } = await createScratchDatabase();
      const { withClient } = await import(${JSON.stringify(join(import.meta.dirname, '..', 'servers', 'postgres-client.mjs'))});
      const { rows } = await withClient(urlAs('wallet_engine'), (client) => client.query('SELECT count(*)::int AS n FROM partitions'));
      process.stdout.write(String(rows[0].n));
      await drop();`;
    const answers = await Promise.all(
      [1, 2, 3].map(async () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let output = '';
        child.stdout.on('data', (chunk) => {
          output += chunk;
        });
        await once(child, 'close');
        return output;
      }),
    );
    expect(answers).toEqual(['64', '64', '64']);
    const made = await column(TEMPLATES);
    expect(made).toContain(await templateOn(server));
    expect(made.join()).not.toContain('unfinished');
  });

  it('leaves no template behind for each edited migration', async () => {
    const old = Array.from({ length: 6 }, (_, n) => `template_${'0'.repeat(15)}${n}`);
    await withClient(server, async (client) => {
      for (const name of old) await client.query(`CREATE DATABASE ${name}`);
      await dropOldTemplates(client, await templateOn(server));
    });
    const left = await column(TEMPLATES);
    expect(left).toContain(await templateOn(server));
    expect(left.length).toBeLessThanOrEqual(5);
    expect(left).not.toContain(old[0]);
    await withClient(server, async (client) => {
      for (const name of old) await client.query(`DROP DATABASE IF EXISTS ${name}`);
    });
  });

  it('is copied while others use their own copies; nobody can be in the template', async () => {
    const first = await createScratchDatabase();
    await first.admin.query('CREATE TABLE mine ()');
    const second = await createScratchDatabase();
    expect(await column("SELECT to_regclass('mine')", second.url)).toEqual([null]);
    const [template] = await column(TEMPLATES);
    const url = Object.assign(new URL(server), { pathname: `/${template}` }).href;
    await expect(withClient(url, async () => {})).rejects.toMatchObject({ code: '55000' });
    await Promise.all([first.drop(), second.drop()]);
  });

  it('can be the source of copies, with all that is in it', async () => {
    const source = await createScratchDatabase();
    await withClient(source.url, (client) => client.query('CREATE TABLE mine AS SELECT 7 AS n'));
    const copy = await copyDatabase(source, 'copy');
    expect(await column('SELECT n FROM mine', copy.url)).toEqual([7]);
    await Promise.all([source.drop(), copy.drop()]);
    const left = await column(`SELECT datname FROM pg_database WHERE datname IN ('${source.name}', '${copy.name}')`);
    expect(left).toEqual([]);
  });
});
