import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ask, keepMovingEveryWay } from '../testing/every-kind.js';
import { writeManyTransactions } from '../testing/many-transactions.js';
import {
  gatewayToken,
  openScratch,
  type Program,
  type Scratch,
  startEngine,
  startGateway,
} from '../testing/scratch.js';

// What the gateway tells of the past while payments go on: as a program, before a real engine.

const filled = 6_000;

let scratch: Scratch;
let engine: Program;
let gateway: Program & { url: string };
let wallets: string[];
let begunAt: string;
let paying: Promise<void>;
let everyWay: { stop(): Promise<number> };
let stopping = false;
let paid = 0;

beforeAll(async () => {
  scratch = await openScratch();
  await writeManyTransactions(scratch.database.admin, { count: filled, quietPairs: 300, everyMs: 20 });
  engine = startEngine(scratch, 'engine-1');
  engine.process.stdout?.resume();
  gateway = await startGateway(scratch, async (url) => (await fetch(`${url}/health/ready`)).status === 200);
  begunAt = new Date().toISOString();
  wallets = await Promise.all(Array.from({ length: 4 }, () => funded('90000000')));
  paying = keepPaying();
  everyWay = keepMovingEveryWay(ask, wallets, 20);
});
afterAll(async () => {
  stopping = true;
  await paying;
  expect(await everyWay.stop()).toBeGreaterThan(20);
  await gateway?.stop();
  await engine?.stop();
  await scratch?.database.drop();
});

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  body: any;
}

async function call(
  method: string,
  path: string,
  options: { body?: unknown; key?: string; accept?: string } = {},
): Promise<Answer> {
  const { body, key, accept } = options;
  const response = await fetch(gateway.url + path, {
    method,
    headers: {
      authorization: `Bearer ${gatewayToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(accept === undefined ? {} : { accept }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson =
    response.headers.get('content-type')?.includes('/json') || response.headers.get('content-type')?.includes('+json');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}
const get = (path: string, accept?: string) => call('GET', path, accept === undefined ? {} : { accept });

const ask: Ask = async (method, path, body, expected) => {
  const { status, text, body: answer } = await call(method, path, { body, key: randomUUID() });
  if (status !== expected) throw new Error(`${method} ${path} is answered ${status}: ${text}`);
  return answer;
};

async function funded(amount: string): Promise<string> {
  const { body } = await call('POST', '/api/wallets', { body: { currency: 'EUR', status: 'ACTIVE' } });
  const deposit = { body: { amount, currency: 'EUR' }, key: randomUUID() };
  expect((await call('POST', `/api/wallets/${body.walletId}/deposits`, deposit)).status).toBe(201);
  return body.walletId;
}

/** A batch every now and then, one payment of which is refused. */
async function keepPaying(): Promise<void> {
  while (!stopping) {
    const payments = Array.from({ length: 20 }, (_, i) => ({
      idempotencyKey: randomUUID(),
      senderWalletId: wallets[i % 4],
      receiverWalletId: wallets[(i + 1 + (i % 3)) % 4],
      amount: i === 7 ? '499999999' : '1.25',
      currency: 'EUR',
      reference: i % 5 === 0 ? `run ${i}` : null,
    }));
    expect((await call('POST', '/api/payments/batch', { body: { payments } })).status).toBe(200);
    paid += payments.length;
    await sleep(5);
  }
}

async function morePaid(count: number): Promise<void> {
  for (const enough = paid + count; paid < enough; ) await sleep(10);
}

async function inTable(where: string): Promise<string[]> {
  const { rows } = await scratch.database.admin.query<{ id: string }>(
    `SELECT transaction_id AS id FROM transactions WHERE ${where}`,
  );
  return rows.map(({ id }) => id);
}

describe('while payments go on', () => {
  it('a closed statement is the same to the byte, as JSON and as CSV, and the next one opens as it closes', async () => {
    await morePaid(100);
    const to = new Date().toISOString();
    const path = `/api/wallets/${wallets[0]}/statement?from=${begunAt}&to=${to}&limit=30`;
    let first = await get(path);
    while (!first.body.closed) first = await get(path);
    const csv = await get(path, 'text/csv');
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.text.split('\r\n')).toHaveLength(2 + first.body.debitCount + first.body.creditCount);
    for (let i = 0; i < 5; i++) {
      await morePaid(40);
      expect((await get(path)).text).toBe(first.text);
      expect((await get(path, 'text/csv')).text).toBe(csv.text);
    }
    const future = new Date(Date.now() + 60_000).toISOString();
    const next = await get(`/api/wallets/${wallets[0]}/statement?from=${to}&to=${future}`);
    expect([next.body.opening, next.body.closed]).toEqual([first.body.closing, false]);
    expect(
      (await get(`/api/wallets/${wallets[0]}/balance?at=${new Date(Date.parse(to) - 1).toISOString()}`)).body,
    ).toMatchObject({
      ...{ balance: first.body.closing, held: null, available: null, version: null },
    });
  });

  it('an export has exactly the rows that it promised, and nothing of what came after', async () => {
    for (const format of ['csv', 'ndjson']) {
      const { status, headers, text } = await get(`/api/transactions/export?format=${format}`);
      expect(status).toBe(200);
      const lines = text.trimEnd().split('\n');
      if (format === 'csv') lines.shift();
      const asOf = headers.get('export-as-of') as string;
      const expected = await inTable(`created_at < '${asOf}'`);
      expect([format, lines.length, headers.get('export-total')]).toEqual([
        format,
        expected.length,
        String(expected.length),
      ]);
      const ids = lines.map((line) => (format === 'csv' ? line.split(',')[0] : JSON.parse(line).transactionId));
      expect(ids.toSorted()).toEqual(expected.sort());
      expect(expected.length).toBeGreaterThan(filled);
    }
  });

  it('the failure analysis counts what stands in the ledger, to the millisecond', async () => {
    await morePaid(200);
    const to = (await call('HEAD', '/api/transactions/export')).headers.get('export-as-of') as string;
    const { status, body } = await get(`/api/failures/analysis?from=${begunAt}&to=${to}&bucket=minute`);
    expect(status).toBe(200);
    const during = `created_at >= '${begunAt}' AND created_at < '${to}'`;
    const [all, failed] = [await inTable(during), await inTable(`${during} AND status = 'FAILED'`)];
    expect(failed.length).toBeGreaterThan(5);
    expect(body).toMatchObject({
      ...{ from: begunAt, to, asOf: to },
      ...{ total: all.length, failed: failed.length, failureRate: failed.length / all.length },
      previous: { total: 0, failed: 0, failureRate: 0 },
    });
    const counted = async (column: string) => {
      const { rows } = await scratch.database.admin.query<{ name: string; count: number }>(
        `SELECT ${column} AS name, count(*)::int AS count FROM transactions
          WHERE status = 'FAILED' AND ${during} GROUP BY 1 ORDER BY 2 DESC, 1`,
      );
      return rows;
    };
    const byCode = await counted('failure_code');
    expect(byCode.length).toBeGreaterThan(3);
    expect(body.byCode).toMatchObject(
      byCode.map(({ name, count }) => ({ code: name, count, share: count / failed.length, previousCount: 0 })),
    );
    // A reversal of a withdrawal would take from the funding wallet: it is about the wallet that was to get its money back.
    const whose = `CASE WHEN (SELECT kind FROM wallets WHERE wallet_id = sender_wallet_id) = 'FUNDING' THEN receiver_wallet_id
      ELSE sender_wallet_id END`;
    expect(body.byWallet).toEqual((await counted(whose)).map(({ name, count }) => ({ walletId: name, count })));
    expect(body.byCategory.reduce((n: number, { count }: { count: number }) => n + count, 0)).toBe(failed.length);
    for (const { examples } of body.byCode) {
      expect(failed).toEqual(expect.arrayContaining(examples));
      expect(examples.length).toBeGreaterThan(0);
    }
    const sum = (name: string) =>
      body.buckets.reduce((n: number, bucket: Record<string, number>) => n + (bucket[name] ?? 0), 0);
    expect([sum('total'), sum('failed')]).toEqual([all.length, failed.length]);
    const next = (
      await get(
        `/api/failures/analysis?from=${to}&to=${new Date(2 * Date.parse(to) - Date.parse(begunAt)).toISOString()}`,
      )
    ).body;
    expect(next.previous).toMatchObject({ total: all.length, failed: failed.length });
  });

  it('totals have what was answered before they were asked for', async () => {
    for (let i = 0; i < 5; i++) {
      const reference = randomUUID();
      const body = {
        senderWalletId: wallets[0],
        receiverWalletId: wallets[1],
        amount: '2.50',
        currency: 'EUR',
        reference,
      };
      const key = randomUUID();
      const { transactionId } = (await call('POST', '/api/payments', { body, key })).body;
      for (const filter of [`reference=${reference}`, `idempotencyKey=${key}`]) {
        const totals = (await get(`/api/transactions/totals?${filter}`)).body;
        expect(totals).toMatchObject({ count: 1, sumByCurrency: { EUR: '2.50' }, complete: true });
        expect((await get(`/api/transactions?${filter}`)).body.items).toMatchObject([{ transactionId }]);
      }
      const { items } = (await get(`/api/transactions/${transactionId}/timeline`)).body;
      expect(items.map(({ step }: { step: string }) => step)).toEqual(['INITIATED', 'PROCESSING', 'SUCCESS']);
    }
    const failed = (await get('/api/transactions/totals?status=FAILED')).body;
    expect([failed.sumByCurrency, failed.count > 100]).toEqual([{}, true]);
  });
});

it('a client that stops reading an export keeps no connection and no snapshot, and no payment waits', async () => {
  const request = httpGet(`${gateway.url}/api/transactions/export?format=ndjson`, {
    headers: { authorization: `Bearer ${gatewayToken}` },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.pause();
  await morePaid(400);
  const { rows } = await scratch.database.admin.query<{ open: string }>(
    `SELECT count(*) AS open FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'wallet-gateway reports' AND state <> 'idle'`,
  );
  expect(rows[0]?.open).toBe('0');
  expect((await get(`/api/wallets/${wallets[0]}/balance`)).status).toBe(200);
  const total = Number(response.headers['export-total']);
  let lines = 0;
  response.setEncoding('utf8');
  for await (const text of response) lines += (text as string).split('\n').length - 1;
  expect(lines).toBe(total);
});

it('no transaction of an export is open for a second', async () => {
  // Of a few: a machine that is busy with something else may hold up one.
  let longestMs = await longestTransactionMs();
  for (let tries = 1; longestMs >= 1_000 && tries < 4; tries++) longestMs = await longestTransactionMs();
  expect(longestMs).toBeLessThan(1_000);
});

async function longestTransactionMs(): Promise<number> {
  let running = true;
  let longestMs = 0;
  const watching = (async () => {
    while (running) {
      const { rows } = await scratch.database.admin.query<{ ms: number | null }>(
        `SELECT max(extract(epoch FROM clock_timestamp() - xact_start) * 1000)::float8 AS ms FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'wallet-gateway reports'`,
      );
      longestMs = Math.max(longestMs, rows[0]?.ms ?? 0);
      await sleep(5);
    }
  })();
  await get('/api/transactions/export');
  running = false;
  await watching;
  return longestMs;
}

describe('refused are', () => {
  it.each([
    ['transactions?minAmount=-1', 'minAmount', 'AMOUNT_FORMAT'],
    ['transactions?minAmount=2&maxAmount=1', 'minAmount', 'RANGE'],
    ['transactions?reference=a%00b', 'reference', 'TEXT_INVALID'],
    ['transactions?failureCode=NONE', 'failureCode', 'NOT_ALLOWED'],
    ['transactions/totals?limit=1', 'limit', 'UNKNOWN_FIELD'],
    ['transactions/export?format=xlsx', 'format', 'NOT_ALLOWED'],
    ['transactions/export?from=2026-02-01&to=2026-01-01', 'from', 'RANGE'],
    [`wallets/${randomUUID()}/statement?from=2026-01-01`, 'to', 'REQUIRED'],
    [`wallets/${randomUUID()}/balance?at=soon`, 'at', 'FORMAT'],
  ])('bad questions: %s', async (path, field, rule) => {
    const { status, body } = await get(`/api/${path}`);
    expect([status, body.errors]).toMatchObject([400, [{ field, rule }]]);
  });

  it.each(['entries', 'statement?from=2026-01-01&to=2026-02-01', 'balance?at=2026-01-01'])(
    'wallets that are none: %s',
    async (path) => {
      const { status, body } = await get(`/api/wallets/${randomUUID()}/${path}`);
      expect([status, body.code]).toEqual([404, 'WALLET_NOT_FOUND']);
    },
  );
});
