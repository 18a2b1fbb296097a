// @ts-check
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { metricsAddresses, missingMetrics } from '../observability/named-metrics.mjs';
import { deleteData } from '../servers/postgres-data.mjs';
import { commandsOn } from '../testing/launch-command.mjs';
import { provideK6 } from '../tools/k6.mjs';

const localDir = mkdtempSync(join(tmpdir(), 'smart-wallet-sla-'));
chmodSync(localDir, 0o755);
const launch = commandsOn(localDir);
const out = join(localDir, 'out');
/** A machine of tests is busy: what is proven here is what is counted. */
const PATIENT = { SLA_P95_MS: '20000', SLA_PAIRS: '10' };
const TIMEOUT_MS = 600_000;
const DELAY_MS = 300;

/** @type {ReturnType<ReturnType<typeof commandsOn>>} */
let start;
/** @type {string | Error} */
let k6;
beforeAll(async () => {
  start = launch(['start', '--engines', '1', '--no-demo']);
  const found = provideK6().catch((error) => error);
  await vi.waitUntil(() => start.output().includes('is ready'), { timeout: 120_000 });
  k6 = await found;
}, TIMEOUT_MS);
afterAll(async () => {
  start.stop();
  await start.exitCode;
  deleteData(join(localDir, 'postgres'));
  rmSync(localDir, { recursive: true, force: true });
});

const stack = () => JSON.parse(readFileSync(join(localDir, 'stack.json'), 'utf8'));
const summary = () => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));

it('every metric that rules and dashboards name is in a running platform', async () => {
  expect(await missingMetrics(metricsAddresses(stack()))).toEqual([]);
});

it.for(['single', 'batch', 'mixed'])(
  'npm run sla -- %s holds what was acknowledged against the ledger',
  { timeout: TIMEOUT_MS },
  async (script, { skip }) => {
    if (k6 instanceof Error) return skip(k6.message);
    const run = launch(['sla', script, '--rate', '5', '--duration', '3s', '--out', out], PATIENT);
    expect(await run.exitCode, run.output()).toBe(0);
    expect(run.output()).toContain('The SLA is met.');
    const { isMet, figures } = summary();
    expect(isMet).toBe(true);
    expect(figures.acknowledged).toBeGreaterThan(0);
    expect(figures).toMatchObject({ unanswered: 0, inLedger: figures.acknowledged });
    expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toContain('failures="0"');
  },
);

it('npm run sla ends with 99 when the platform is slower than it may be, and loses no payment by it', {
  timeout: TIMEOUT_MS,
}, async ({ skip }) => {
  if (k6 instanceof Error) return skip(k6.message);
  const slow = await slowWayTo(new URL(stack().gatewayUrl));
  const variables = { SLA_PAIRS: '10', SLA_TOKEN: stack().token };
  const run = launch(['sla', '--url', slow.url, '--rate=5', '--duration=3s', `--out=${out}`], variables);
  expect(await run.exitCode, run.output()).toBe(99);
  slow.close();
  expect(run.output()).toContain('The SLA is broken.');
  expect(summary().verdicts.filter((/** @type {{ ok: boolean }} */ { ok }) => !ok)).toMatchObject([
    { metric: 'http_req_duration{load:yes}' },
  ]);
  expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toContain('failures="1"');
});

it('npm run sla proves nothing while it is unknown what became of a payment', { timeout: TIMEOUT_MS }, async ({
  skip,
}) => {
  if (k6 instanceof Error) return skip(k6.message);
  const deaf = await wayWithoutAnswers(new URL(stack().gatewayUrl), /"idempotency-key":"sla-[^"]*-7"/);
  const variables = { ...PATIENT, SLA_TOKEN: stack().token, SLA_SETTLE_S: '1' };
  const run = launch(['sla', '--url', deaf.url, '--rate=5', '--duration=3s', `--out=${out}`], variables);
  expect(await run.exitCode, run.output()).toBe(99);
  deaf.close();
  const { figures, verdicts } = summary();
  // It was done, and nobody was told: in the ledger it would stand for one that was lost.
  expect(figures).toMatchObject({ unanswered: 1, inLedger: figures.acknowledged + 1 });
  const broken = verdicts.filter((/** @type {{ ok: boolean }} */ { ok }) => !ok);
  expect(broken).toContainEqual(expect.objectContaining({ metric: 'payments_unanswered', measured: '1' }));
  expect(broken.map((/** @type {{ metric: string }} */ { metric }) => metric)).not.toContain('payments_lost');
});

it('npm run sla says what is wrong with a token that may not pay, and that nothing was checked', {
  timeout: TIMEOUT_MS,
}, async ({ skip }) => {
  if (k6 instanceof Error) return skip(k6.message);
  const run = launch(['sla', '--url', stack().gatewayUrl, '--token', stack().displayToken, '--duration', '1s']);
  expect([0, 99]).not.toContain(await run.exitCode);
  expect(run.output()).toContain('needs a token that may make wallets');
});

/** Passes requests on, and breaks off instead of answering those that match. @param {URL} target @param {RegExp} headers as JSON */
async function wayWithoutAnswers(target, headers) {
  const server = createHttpServer((request, response) => {
    const upstream = httpRequest(
      { host: target.hostname, port: target.port, method: request.method, path: request.url, headers: request.headers },
      (answer) => {
        if (headers.test(JSON.stringify(request.headers))) {
          answer.resume().once('end', () => request.socket.destroy());
          return;
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    upstream.on('error', () => request.socket.destroy());
    request.pipe(upstream);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** Every answer comes later by more than the SLA allows. @param {URL} target */
async function slowWayTo(target) {
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    client.pipe(upstream);
    upstream.on('data', (bytes) => setTimeout(() => client.write(bytes), DELAY_MS));
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => setTimeout(() => client.destroy(), DELAY_MS));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}
