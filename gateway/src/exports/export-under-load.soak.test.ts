import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeManyTransactions } from '../testing/many-transactions.js';
import {
  gatewayToken,
  openScratch,
  type Program,
  type Scratch,
  startEngine,
  startGateway,
} from '../testing/scratch.js';

/** All of one amount, by which they are chosen: payments meanwhile have another. */
const count = Number(process.env.SOAK_ROWS ?? 1_000_000);
const grownMbMax = 50;
const p99RatioMax = 1.3;
/** Payments come when they come, whether those before are answered or not. */
const paymentsPerSecond = Number(process.env.SOAK_PAYMENTS_PER_SECOND ?? 300);
/** With the export and without it by turns: its client takes nothing for so long. */
const turnMs = 4_000;
/** After a turn, until what was under way is over. */
const settleMs = 500;
/** Then the export goes on to its end. */
const turnsMax = 16;
/** Memory that has not grown for so long has reached where garbage is collected. */
const steadyMs = 15_000;
const warmUpMsMax = 120_000;

let scratch: Scratch;
let owner: pg.Pool;
let engine: Program;
let gateway: Program & { url: string };
let wallets: string[];

beforeAll(async () => {
  scratch = await openScratch();
  owner = new pg.Pool({ connectionString: scratch.database.url, max: 2 });
  await writeManyTransactions(owner, { count, quietPairs: 5_000, everyMs: 1 });
  engine = startEngine(scratch, 'engine-1');
  engine.process.stdout?.resume();
  gateway = await startGateway(scratch, async (url) => (await fetch(`${url}/health/ready`)).status === 200);
  gateway.process.stdout?.resume();
  wallets = await Promise.all(Array.from({ length: 200 }, funded));
}, 1_800_000);
afterAll(async () => {
  await gateway?.stop();
  await engine?.stop();
  await owner?.end();
  await scratch?.database.drop();
});

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

async function post(path: string, body: unknown): Promise<{ walletId: string }> {
  const sent = request(gateway.url + path, {
    ...{ agent, method: 'POST' },
    headers: {
      authorization: `Bearer ${gatewayToken}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
  });
  sent.end(JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  expect([path, response.statusCode]).toEqual([path, 201]);
  return JSON.parse(text);
}

async function funded(): Promise<string> {
  const { walletId } = await post('/api/wallets', { currency: 'EUR', status: 'ACTIVE' });
  await post(`/api/wallets/${walletId}/deposits`, { amount: '1000000', currency: 'EUR' });
  return walletId;
}

interface Paid {
  atMs: number;
  tookMs: number;
}

/** Until it is stopped. Returns when each payment was sent and how long it took. */
function pay(): { stop(): Promise<Paid[]> } {
  const paid: Paid[] = [];
  const open = new Set<Promise<void>>();
  const begunMs = performance.now();
  let sent = 0;
  const one = async () => {
    const atMs = performance.now();
    const senderWalletId = wallets[sent % 200];
    const receiverWalletId = wallets[(sent + 1 + (sent % 199)) % 200];
    await post('/api/payments', { senderWalletId, receiverWalletId, amount: '2.50', currency: 'EUR' });
    paid.push({ atMs, tookMs: performance.now() - atMs });
  };
  const timer = setInterval(() => {
    for (; sent < ((performance.now() - begunMs) / 1_000) * paymentsPerSecond; sent++) {
      const payment = one();
      open.add(payment);
      void payment.finally(() => open.delete(payment));
    }
  }, 2);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      return paid;
    },
  };
}

async function openExport(filter: string): Promise<IncomingMessage> {
  const sent = get(`${gateway.url}/api/transactions/export?format=csv&${filter}`, {
    headers: { authorization: `Bearer ${gatewayToken}` },
  });
  return ((await once(sent, 'response')) as [IncomingMessage])[0];
}

async function memoryMb(): Promise<number> {
  const status = await readFile(`/proc/${gateway.process.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
}

function p99(took: number[]): number {
  return took.toSorted((a, b) => a - b)[Math.floor(0.99 * (took.length - 1))] as number;
}

/** Exports until the memory has not grown for a while. */
async function warmedUp(mostMb: () => number): Promise<void> {
  let warm = false;
  const warming = (async () => {
    for (let [knownMb, since, begun] = [0, performance.now(), performance.now()]; ; await sleep(500)) {
      if (mostMb() > knownMb + 5) [knownMb, since] = [mostMb(), performance.now()];
      if (performance.now() - since > steadyMs || performance.now() - begun > warmUpMsMax) break;
    }
    warm = true;
  })();
  while (!warm) {
    const response = await openExport('maxAmount=1');
    void warming.then(() => response.destroy());
    await once(response.resume(), 'close');
  }
  await warming;
}

it('a million rows are exported while payments go on, all of them, and payments hardly notice', async () => {
  let [mostMb, longestMs] = [0, 0];
  const watching = setInterval(async () => {
    mostMb = Math.max(mostMb, await memoryMb());
    const { rows } = await owner.query<{ ms: number | null }>(
      `SELECT max(extract(epoch FROM clock_timestamp() - xact_start) * 1000)::float8 AS ms FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'wallet-gateway reports'`,
    );
    longestMs = Math.max(longestMs, rows[0]?.ms ?? 0);
  }, 100);

  // A process that has just started grows with any work, to where its garbage is collected: what is asked is whether rows stay.
  const warmUp = pay();
  await warmedUp(() => mostMb);
  await warmUp.stop();
  const beforeMb = mostMb;

  const paying = pay();
  const begunMs = performance.now();
  const response = await openExport('maxAmount=1');
  const countedMs = performance.now() - begunMs;
  let lines = 0;
  let over = false;
  response.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++;
  });
  const ended = once(response, 'end').then(() => {
    over = true;
  });
  const turns: { fromMs: number; toMs: number; exporting: boolean }[] = [];
  for (let exporting = true; !over; exporting = !exporting || turns.length >= turnsMax) {
    if (exporting) response.resume();
    else response.pause();
    await sleep(settleMs);
    const fromMs = performance.now();
    await Promise.race([sleep(turnMs), ended]);
    if (!over && turns.length < turnsMax) turns.push({ fromMs, toMs: performance.now(), exporting });
  }
  await ended;
  clearInterval(watching);
  const paid = await paying.stop();
  const of = (exporting: boolean) =>
    turns
      .filter((turn) => turn.exporting === exporting)
      .map(({ fromMs, toMs }) => paid.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ tookMs }) => tookMs));
  const [withIt, without] = [p99(of(true).flat()), p99(of(false).flat())];
  const median = (list: number[][]) => list.map(p99).toSorted((a, b) => a - b)[list.length >> 1] as number;
  console.info(
    `${count} rows in ${((performance.now() - begunMs) / 1_000).toFixed(0)} s (counted in ${Math.round(countedMs)} ms), ${turns.length} turns, ${paid.length} payments; ` +
      `p99 with ${withIt.toFixed(1)} ms, without ${without.toFixed(1)} ms: ${(withIt / without).toFixed(2)} x; ` +
      `medians of turns ${median(of(true)).toFixed(1)}, ${median(of(false)).toFixed(1)}: ${(median(of(true)) / median(of(false))).toFixed(2)} x; ` +
      `memory +${Math.round(mostMb - beforeMb)} MB on ${Math.round(beforeMb)}; longest transaction ${Math.round(longestMs)} ms`,
  );
  expect([response.headers['export-total'], lines]).toEqual([String(count), count + 1]);
  expect(longestMs).toBeLessThan(1_000);
  expect(mostMb - beforeMb).toBeLessThan(grownMbMax);
  expect(median(of(true)) / median(of(false))).toBeLessThanOrEqual(p99RatioMax);
});
