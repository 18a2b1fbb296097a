import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TcpProxy } from './tcp-proxy.js';

const databaseUrl = process.env.TEST_DATABASE_URL ?? '';
const seed = 42;
let proxy: TcpProxy;
let url: string;

beforeEach(async () => {
  if (!databaseUrl) throw new Error('TEST_DATABASE_URL is not set');
  const { hostname, port } = new URL(databaseUrl);
  proxy = await TcpProxy.start({ target: { host: hostname, port: Number(port) }, seed });
  url = proxy.through(databaseUrl);
});

afterEach(() => proxy.close());

test('passes a session through, large values too', async () => {
  const text = 'x'.repeat(3_000_000);
  const { rows } = await withClient(url, (client) => client.query('SELECT $1::text AS text', [text]));
  expect(rows[0].text).toBe(text);
});

test('holds a chosen statement until it is released', async () => {
  await withClient(url, async (client) => {
    const hold = proxy.holdWhen((message) => message.type === 'P' && message.bytes.includes('slow_answer'));
    const other = await client.query('SELECT 1 AS passed');
    expect(other.rows[0].passed).toBe(1);
    let answered = false;
    const answer = client.query('SELECT $1::int AS slow_answer', [7]).then((result) => {
      answered = true;
      return result.rows[0].slow_answer;
    });
    await hold.reached;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    hold.release();
    expect(await answer).toBe(7);
    expect(hold.count).toBe(1);
  });
});

test('held between Execute and Sync, a statement has run and is not committed', async () => {
  const sequence = `held_${process.pid}_${Date.now()}`;
  await withClient(databaseUrl, async (direct) => {
    await direct.query(`CREATE TABLE ${sequence} (n int)`);
    try {
      await withClient(url, async (client) => {
        const hold = proxy.holdWhen((message) => message.type === 'E', { where: 'after' });
        const inserted = client.query(`INSERT INTO ${sequence} VALUES ($1)`, [1]);
        await hold.reached;
        await expect
          .poll(async () => {
            const { rows } = await direct.query(
              'SELECT count(*)::int AS n FROM pg_locks WHERE relation = $1::regclass',
              [sequence],
            );
            return rows[0].n;
          })
          .toBe(1);
        expect((await direct.query(`SELECT FROM ${sequence}`)).rowCount).toBe(0);
        hold.release();
        await inserted;
        expect((await direct.query(`SELECT FROM ${sequence}`)).rowCount).toBe(1);
      });
    } finally {
      await direct.query(`DROP TABLE ${sequence}`);
    }
  });
});

test('what a client sent before it gave up arrives when it is released', async () => {
  const table = `late_${process.pid}_${Date.now()}`;
  await withClient(databaseUrl, async (direct) => {
    await direct.query(`CREATE TABLE ${table} (n int)`);
    try {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => {});
      await client.connect();
      const hold = proxy.holdWhen((message) => message.bytes.includes(table));
      client.query(`INSERT INTO ${table} VALUES (1)`).catch(() => {});
      await hold.reached;
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect((await direct.query(`SELECT FROM ${table}`)).rowCount).toBe(0);
      hold.release();
      await expect.poll(async () => (await direct.query(`SELECT FROM ${table}`)).rowCount).toBe(1);
    } finally {
      await direct.query(`DROP TABLE ${table}`);
    }
  });
});

test('what was held can be dropped instead: the server never sees it', async () => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const hold = proxy.holdWhen((message) => message.type === 'Q');
  const query = client.query('SELECT 1');
  const failed = expect(query).rejects.toThrow();
  await hold.reached;
  hold.drop();
  await failed;
});

test('cuts connections after the random number of bytes that the seed gives', async () => {
  proxy.cutAtRandom(500, 3_000);
  let answered = 0;
  for (let i = 0; i < 20; i++) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      for (;;) {
        await client.query('SELECT $1::text', ['y'.repeat(50)]);
        answered += 1;
      }
    } catch {
      // cut
    } finally {
      await client.end().catch(() => {});
    }
  }
  expect(proxy.cuts, `seed ${seed}`).toBe(20);
  expect(answered, `seed ${seed}`).toBeGreaterThan(20);
  proxy.pass();
  await withClient(url, (client) => client.query('SELECT 1'));
  expect(proxy.cuts).toBe(20);
});

test('delays both directions', async () => {
  await withClient(url, async (client) => {
    proxy.delay(40);
    const startedAt = performance.now();
    await client.query('SELECT 1');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(75);
    proxy.pass();
  });
});

test('refuses connections until it passes again', async () => {
  proxy.refuse();
  await expect(withClient(url, async () => {})).rejects.toThrow();
  proxy.pass();
  await withClient(url, (client) => client.query('SELECT 1'));
});
