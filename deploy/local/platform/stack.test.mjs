// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { identify, isAlive } from '../machine/identity.mjs';
import { askLine } from '../servers/ask-line.mjs';
import { deleteData } from '../servers/postgres-data.mjs';
import { startStack } from './stack.mjs';

const dataDir = mkdtempSync(join(tmpdir(), 'smart-wallet-kept-'));
chmodSync(dataDir, 0o755);
afterAll(() => {
  deleteData(join(dataDir, 'postgres'));
  rmSync(dataDir, { recursive: true });
});
const options = { dataDir, env: {} };

describe('the stack', () => {
  it('restarts a killed Redis on its port with its data', async () => {
    const incidents = /** @type {string[]} */ ([]);
    const stack = await startStack({
      env: {},
      services: ['redis'],
      onIncident: ({ kind }) => void incidents.push(kind),
    });
    const { port, password } = new URL(stack.redisUrl);
    const ask = async (/** @type {string} */ command) => {
      const send = `AUTH ${password}\r\n${command}PING\r\n`;
      return askLine({ port: Number(port), host: '127.0.0.1', send, until: /PONG\r\n/ });
    };
    await ask('SET color green\r\n');
    process.kill(stack.redis.pid() ?? 0, 'SIGKILL');
    await expect.poll(() => incidents, { timeout: 10_000 }).toEqual(['died', 'restarted']);
    expect(await ask('GET color\r\n')).toContain('green');

    await stack.redis.kill();
    expect(stack.redis.pid()).toBeNull();
    await stack.redis.start();
    expect(await ask('GET color\r\n')).toContain('green');
    await stack.stop();
    expect(existsSync(stack.dataDir)).toBe(false);
  });

  it('finds its data and ports again after its starter was killed, and stops what that one left', async () => {
    const script = `const { startStack } = await import(${JSON.stringify(join(import.meta.dirname, 'stack.mjs'))});
      const stack = await startStack(${JSON.stringify(options)});
      console.log(JSON.stringify({ url: stack.databaseUrl, pids: Object.values(stack.services).map((one) => one.pid()) }));`;
    const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { url, pids } = JSON.parse(String((await once(starter.stdout, 'data'))[0]));
    await query(url, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)');
    const left = pids.map((/** @type {number} */ pid) => identify(pid));
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    expect(left.every(isAlive)).toBe(true);

    const stack = await startStack(options);
    expect(left.some(isAlive)).toBe(false);
    expect(stack.databaseUrl).toBe(url);
    expect(await query(stack.databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    await stack.stop();
  });

  it('keeps its data when the secrets were lost, and makes new ones that only their owner reads', async () => {
    const secretsFile = join(dataDir, 'secrets.json');
    const before = readFileSync(secretsFile, 'utf8');
    rmSync(secretsFile);
    const stack = await startStack({ ...options, services: ['postgres'] });
    expect(await query(stack.databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    expect(readFileSync(secretsFile, 'utf8')).not.toBe(before);
    expect(statSync(secretsFile).mode & 0o777).toBe(0o600);
    await stack.stop();
  });

  it('gives each role its own password, and lets nobody in without', async () => {
    const stack = await startStack({ ...options, services: ['postgres'] });
    for (const role of ['wallet_engine', 'wallet_gateway', 'wallet_audit']) {
      await query(stack.databaseUrl, `CREATE ROLE ${role} LOGIN`);
    }
    await stack.setRolePasswords();
    const url = stack.urlFor('wallet_engine');
    expect(await query(url, 'SELECT current_user AS me')).toEqual([{ me: 'wallet_engine' }]);
    const wrong = new URL(url);
    wrong.password = 'guessed';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    await stack.stop();
  });

  it('is durable unless told otherwise', async () => {
    const stack = await startStack({ ...options, services: ['postgres'] });
    const settings = `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')`;
    for (const { setting } of await query(stack.databaseUrl, settings)) expect(setting).toBe('on');
    await stack.stop();
  });

  it('comes back after Postgres crashed with all its processes', async () => {
    const stack = await startStack({ ...options, services: ['postgres'] });
    await stack.postgres.kill();
    await expect(query(stack.databaseUrl, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
    await stack.postgres.start();
    expect(await query(stack.databaseUrl, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    await stack.stop();
  });

  it('refuses a URL in the environment that nobody answers at', async () => {
    const env = { REDIS_URL: 'redis://127.0.0.1:1' };
    await expect(startStack({ env, services: ['redis'] })).rejects.toThrow(
      /REDIS_URL names a server that does not answer/,
    );
  });

  it('uses a server that a URL in the environment names, and leaves it running', async () => {
    const theirs = await startStack({ env: {}, services: ['redis'] });
    const ours = await startStack({ env: { REDIS_URL: theirs.redisUrl }, services: ['redis'] });
    expect(ours.redisUrl).toBe(theirs.redisUrl);
    await expect(ours.redis.kill()).rejects.toThrow(/not ours/);
    await ours.stop();
    expect(theirs.redis.pid()).not.toBeNull();
    await theirs.stop();
  });
});

/**
 * @param {string} url
 * @param {string} sql
 */
async function query(url, sql) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
