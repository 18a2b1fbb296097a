import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeManyTransactions } from '../testing/many-transactions.js';
import { gatewayToken, openScratch, type Program, type Scratch, startGateway } from '../testing/scratch.js';

const count = 1_000_000;
const grownMbMax = 50;

let scratch: Scratch;
let owner: pg.Pool;
let gateway: Program & { url: string };

beforeAll(async () => {
  scratch = await openScratch();
  owner = new pg.Pool({ connectionString: scratch.database.url, max: 2 });
  await writeManyTransactions(owner, { count, quietPairs: 5_000, everyMs: 1 });
  gateway = await startGateway(scratch, async (url) => (await fetch(`${url}/health/live`)).status === 200);
  // A process that has just started grows with any work, to where its garbage is collected: what is asked is whether rows stay.
  await exported('csv');
}, 1_800_000);
afterAll(async () => {
  await gateway?.stop();
  await owner?.end();
  await scratch?.database.drop();
});

async function exported(format: string) {
  const begun = performance.now();
  const request = get(`${gateway.url}/api/transactions/export?format=${format}`, {
    headers: { authorization: `Bearer ${gatewayToken}` },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const countedMs = performance.now() - begun;
  let lines = 0;
  for await (const chunk of response) for (const byte of chunk as Buffer) if (byte === 10) lines++;
  return { total: Number(response.headers['export-total']), lines, countedMs };
}

async function memoryMb(): Promise<number> {
  const status = await readFile(`/proc/${gateway.process.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
}

it.each(['csv', 'ndjson'])(
  'a million rows are exported, all of them, in little memory and short transactions: %s',
  async (format) => {
    const beforeMb = await memoryMb();
    let [mostMb, longestMs] = [beforeMb, 0];
    const watching = setInterval(async () => {
      mostMb = Math.max(mostMb, await memoryMb());
      const { rows } = await owner.query<{ ms: number | null }>(
        `SELECT max(extract(epoch FROM clock_timestamp() - xact_start) * 1000)::float8 AS ms FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'wallet-gateway reports'`,
      );
      longestMs = Math.max(longestMs, rows[0]?.ms ?? 0);
    }, 100);
    const begun = performance.now();
    const { total, lines, countedMs } = await exported(format);
    clearInterval(watching);
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
    console.info(
      `${format}: counted in ${Math.round(countedMs)} ms, all in ${seconds} s; memory +${Math.round(mostMb - beforeMb)} MB; longest transaction ${Math.round(longestMs)} ms`,
    );
    expect([total, lines]).toEqual([count, format === 'csv' ? count + 1 : count]);
    expect(longestMs).toBeLessThan(1_000);
    expect(mostMb - beforeMb).toBeLessThan(grownMbMax);
  },
);
