import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { startPlatform } from '@smart-wallet/local-stack/platform.mjs';
import { afterEach, expect, test } from 'vitest';
import { Histogram } from '../bench/histogram.js';
import { HttpConnection } from '../bench/http-connection.js';
import { createWallets } from './create-wallets.js';

/** Payments at a rate that the machine has no trouble with, each timed from when it was due. */
const paymentsPerSecond = 200;
const paymentConnections = 32;
const signInsPerSecond = 200;
const addresses = 200;
const floodMs = 30_000;
/** With and without by turns: what else the machine does changes within a minute. */
const rounds = 2;
const coreShareMax = 0.2;
const p99RatioMax = 1.5;
const tickMs = 10;

let platform: Awaited<ReturnType<typeof startPlatform>>;
const open: HttpConnection[] = [];
afterEach(async () => {
  for (const connection of open.splice(0)) connection.close();
  await platform?.stop();
});

test(
  'a flood of sign-ins from many addresses takes a fifth of a core at most for hashing, and payments go on as before',
  async () => {
    // No rate limit: what hashing itself holds back is to be seen.
    platform = await startPlatform({
      ...{ env: envWithoutServers(), engines: 1 },
      gatewayEnv: () => ({ RATE_LIMIT_SIGN_IN: 'off', RATE_LIMIT_PAYMENTS: 'off', LOG_LEVEL: 'warn' }),
    });
    const { hostname, port } = new URL(platform.gatewayUrl);
    const connect = async (localAddress?: string) => {
      const connection = await HttpConnection.open(hostname, Number(port), localAddress);
      open.push(connection);
      return connection;
    };
    const walletIds = await createWallets(platform.gatewayUrl, platform.token, 100, '1000000.00');
    const payers = await Promise.all(Array.from({ length: paymentConnections }, () => connect()));
    const gatewayPid = platform.processes().find(({ name }) => name === 'gateway-1')?.pid as number;

    const pay = async (connection: HttpConnection, i: number) => {
      const [sender, receiver] = [walletIds[i % 100], walletIds[(i + 1) % 100]];
      const body = { senderWalletId: sender, receiverWalletId: receiver, amount: '0.01', currency: 'EUR' };
      const { status } = await connection.request(
        post('/api/payments', body, { authorization: `Bearer ${platform.token}`, 'idempotency-key': randomUUID() }),
      );
      if (status !== 201) throw new Error(`a payment was answered ${status}`);
    };
    const answers = new Map<number, number>();
    const signIn = async (connection: HttpConnection) => {
      const body = { email: `${randomUUID()}@example.test`, password: 'correct horse battery staple' };
      const { status } = await connection.request(post('/api/auth/sessions', body));
      answers.set(status, (answers.get(status) ?? 0) + 1);
    };

    await atRate(paymentsPerSecond, 5_000, payers, pay);
    const [quiet, flooded] = [new Histogram(), new Histogram()];
    let hashingMs = 0;
    let sent = 0;
    for (let round = 0; round < rounds; round++) {
      await atRate(paymentsPerSecond, floodMs, payers, pay, quiet);
      // Now, not before: the gateway closes connections on which nothing is asked.
      const crowd = await Promise.all(Array.from({ length: addresses }, (_, i) => connect(`127.0.0.${i + 2}`)));
      const before = hashingCpuMs(gatewayPid);
      const [, signIns] = await Promise.all([
        atRate(paymentsPerSecond, floodMs, payers, pay, flooded),
        atRate(signInsPerSecond, floodMs, crowd, signIn),
      ]);
      sent += signIns;
      hashingMs += hashingCpuMs(gatewayPid) - before;
    }

    const coreShare = hashingMs / (rounds * floodMs);
    const p99 = [quiet, flooded].map((histogram) => histogram.percentileMs(0.99)) as [number, number];
    const p50 = [quiet, flooded].map((histogram) => histogram.percentileMs(0.5)) as [number, number];
    const statuses = [...answers].map(([status, count]) => `${count} × ${status}`).join(', ');
    const story = `${sent} sign-ins in ${(rounds * floodMs) / 1_000} s: ${statuses}; hashing took ${coreShare.toFixed(3)} of a core; payments without and with: p50 ${p50[0].toFixed(1)} and ${p50[1].toFixed(1)} ms, p99 ${p99[0].toFixed(1)} and ${p99[1].toFixed(1)} ms`;
    console.log(story);
    // Some are hashed, and all are answered: wrong, or come again.
    expect(sent, story).toBeGreaterThan(0.9 * signInsPerSecond * rounds * (floodMs / 1_000));
    expect([...answers.keys()].sort(), story).toEqual([401, 503]);
    expect(answers.get(401), story).toBeGreaterThan(rounds * (floodMs / 1_000) * 0.3);
    expect(coreShare, story).toBeLessThanOrEqual(coreShareMax);
    expect(coreShare, story).toBeGreaterThan(0.02);
    expect(p99[1] / p99[0], story).toBeLessThanOrEqual(p99RatioMax);
  },
  (2 * rounds + 1) * floodMs + 120_000,
);

/** How many were sent. A connection that is late takes what is due next: the time of each is counted from when it was due. */
async function atRate(
  perSecond: number,
  forMs: number,
  connections: readonly HttpConnection[],
  send: (connection: HttpConnection, i: number) => Promise<void>,
  latencies = new Histogram(),
): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const client = async (connection: HttpConnection) => {
    for (;;) {
      const i = next++;
      const dueAt = startedAt + (i * 1_000) / perSecond;
      if (dueAt - startedAt >= forMs || performance.now() - startedAt >= forMs) return;
      const early = dueAt - performance.now();
      if (early > 0) await sleep(early);
      await send(connection, i);
      latencies.record(performance.now() - dueAt);
    }
  };
  await Promise.all(connections.map(client));
  return latencies.total;
}

function post(path: string, body: object, headers: Record<string, string> = {}): string {
  const text = JSON.stringify(body);
  const all = { host: 'gateway', 'content-type': 'application/json', 'content-length': text.length, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}

/** Of libuv's threads, which do hardly anything else in a gateway. */
function hashingCpuMs(pid: number): number {
  let ticks = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1');
    if (!stat.slice(stat.indexOf('(') + 1).startsWith('libuv-worker')) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * tickMs;
}
