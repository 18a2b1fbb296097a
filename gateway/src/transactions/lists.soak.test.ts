import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { busyUser, busyWallet, writeManyTransactions } from '../testing/many-transactions.js';
import { gatewayToken, openScratch, type Program, type Scratch, startGateway } from '../testing/scratch.js';

const count = 10_000_000;
const everyMs = 100;
/** Of one filter: the rest of the ledger is like them. */
const pagesMax = 1_500;
/** Half of what a statement may take, on a machine that does other things too. */
const pageMsMax = 2_500;
const otherMsMax = 500;

let scratch: Scratch;
let owner: pg.Pool;
let gateway: Program & { url: string };

beforeAll(async () => {
  scratch = await openScratch();
  owner = new pg.Pool({ connectionString: scratch.database.url, max: 2 });
  await writeManyTransactions(owner, { count, quietPairs: 50_000, everyMs });
  gateway = await startGateway(scratch, async (url) => (await fetch(`${url}/health/live`)).status === 200);
}, 3_600_000);
afterAll(async () => {
  await gateway?.stop();
  await owner?.end();
  await scratch?.database.drop();
});

async function get(path: string): Promise<{ status: number; body: { items: unknown[]; nextCursor: string | null } }> {
  const response = await fetch(gateway.url + path, { headers: { authorization: `Bearer ${gatewayToken}` } });
  return { status: response.status, body: (await response.json()) as never };
}

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

it.each([
  '/api/transactions?kind=HOLD',
  '/api/transactions?currency=USD&status=SUCCESS',
  '/api/transactions?status=FAILED',
  '/api/transactions?status=FAILED&kind=HOLD',
  `/api/transactions?from=${ago(600_000_000)}&to=${ago(500_000_000)}`,
  `/api/transactions?from=${ago(600_000_000)}&to=${ago(590_000_000)}&kind=HOLD`,
  '/api/transactions?limit=200',
  `/api/transactions?walletId=${busyWallet}`,
  `/api/transactions?walletId=${busyWallet}&kind=HOLD`,
  `/api/transactions?walletId=${busyWallet}&currency=USD`,
  `/api/transactions?walletId=${busyWallet}&status=FAILED&currency=USD`,
  `/api/transactions?walletId=${busyWallet}&from=${ago(600_000_000)}&to=${ago(590_000_000)}`,
  '/api/wallets?currency=USD',
  '/api/wallets?status=CLOSED',
  `/api/wallets?userId=${busyUser}`,
  `/api/wallets?userId=${busyUser}&currency=USD`,
  '/api/wallets?kind=FUNDING',
])('no page takes long: %s', async (path) => {
  const times: number[] = [];
  let items = 0;
  let cursor = '';
  do {
    const begun = performance.now();
    const { status, body } = await get(`${path}${cursor}`);
    times.push(performance.now() - begun);
    expect(status).toBe(200);
    items += body.items.length;
    cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
  } while (cursor !== '' && times.length < pagesMax);
  console.info(`${path}: ${items} items, ${timesText(times)}${cursor === '' ? ', to the end' : ''}`);
  expect(Math.max(...times)).toBeLessThan(pageMsMax);
});

it('balances and new wallets are quick while eight sparse lists run', async () => {
  let running = true;
  let pages = 0;
  const lists = Array.from({ length: 8 }, async () => {
    for (let cursor = ''; running; pages++) {
      const { status, body } = await get(`/api/transactions?kind=HOLD${cursor}`);
      expect(status).toBe(200);
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    }
  });
  const balances: number[] = [];
  const creations: number[] = [];
  const until = performance.now() + 20_000;
  while (performance.now() < until) {
    balances.push(await timed(async () => expect((await get(`/api/wallets/${busyWallet}/balance`)).status).toBe(200)));
    creations.push(
      await timed(async () => {
        const response = await fetch(`${gateway.url}/api/wallets`, {
          method: 'POST',
          headers: { authorization: `Bearer ${gatewayToken}`, 'content-type': 'application/json' },
          body: JSON.stringify({ walletId: randomUUID(), currency: 'EUR' }),
        });
        expect(response.status).toBe(201);
        await response.text();
      }),
    );
    await sleep(20);
  }
  running = false;
  await Promise.all(lists);
  console.info(`beside ${pages} pages: balances ${timesText(balances)}; new wallets ${timesText(creations)}`);
  expect(Math.max(...balances, ...creations)).toBeLessThan(otherMsMax);
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function timesText(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] as number).toFixed(1);
  return `${times.length} times, ms p50 ${at(0.5)}, p99 ${at(0.99)}, slowest ${at(1)}`;
}
