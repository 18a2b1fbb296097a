import { readdirSync, readFileSync } from 'node:fs';
import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { startPlatform } from '@smart-wallet/local-stack/platform.mjs';
import { afterEach, expect, test } from 'vitest';
import { createWallets } from './create-wallets.js';
import { inMs, PacedPayments } from './paced-payments.js';
import { SignInCrowd } from './sign-in-crowd.js';

const signInsPerSecond = 200;
const addresses = 200;
const floodMs = 30_000;
/** Each flood is held against the quiet time before and after it: what else the machine does changes within a minute. */
const floods = 3;
const quietMs = 15_000;
const coreShareMax = 0.2;
const p99RatioMax = 1.5;
const tickMs = 10;

let platform: Awaited<ReturnType<typeof startPlatform>>;
let payments: PacedPayments | undefined;
afterEach(async () => {
  payments?.close();
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
    const walletIds = await createWallets(platform.gatewayUrl, platform.token, 100, '1000000.00');
    payments = await PacedPayments.open(platform.gatewayUrl, platform.token, walletIds);
    const gatewayPid = platform.processes().find(({ name }) => name === 'gateway-1')?.pid as number;

    const answers = new Map<number, number>();
    await payments.latencies(5_000);
    const ratios: number[] = [];
    const stories: string[] = [];
    let hashingMs = 0;
    let sent = 0;
    let before = await payments.latencies(quietMs);
    for (let flood = 0; flood < floods; flood++) {
      // Now, not before: the gateway closes connections on which nothing is asked.
      const crowd = await SignInCrowd.open({
        ...{ gatewayUrl: platform.gatewayUrl, addresses, perSecond: signInsPerSecond, forMs: floodMs },
      });
      const hashedBefore = hashingCpuMs(gatewayPid);
      const [flooded, signIns] = await Promise.all([payments.latencies(floodMs), crowd.signIn()]);
      sent += signIns.sent;
      for (const [status, count] of signIns.statuses) answers.set(status, (answers.get(status) ?? 0) + count);
      hashingMs += hashingCpuMs(gatewayPid) - hashedBefore;
      const after = await payments.latencies(quietMs);
      const without = [0.5, 0.99].map((share) => (before.percentileMs(share) + after.percentileMs(share)) / 2);
      const during = [0.5, 0.99].map((share) => flooded.percentileMs(share));
      ratios.push((during[1] as number) / (without[1] as number));
      stories.push(`p50 ${inMs(without[0])} and ${inMs(during[0])}, p99 ${inMs(without[1])} and ${inMs(during[1])}`);
      before = after;
    }

    const coreShare = hashingMs / (floods * floodMs);
    const ratio = ratios.toSorted((a, b) => a - b)[(floods - 1) / 2] as number;
    const statuses = [...answers].map(([status, count]) => `${count} × ${status}`).join(', ');
    const story = `${sent} sign-ins in ${(floods * floodMs) / 1_000} s: ${statuses}; hashing took ${coreShare.toFixed(3)} of a core; payments without and with: ${stories.join('; ')}; p99 in the middle ${ratio.toFixed(2)} ×`;
    console.log(story);
    // Some are hashed, and all are answered: wrong, or come again.
    expect(sent, story).toBeGreaterThan(0.9 * signInsPerSecond * floods * (floodMs / 1_000));
    expect([...answers.keys()].sort(), story).toEqual([401, 503]);
    expect(answers.get(401), story).toBeGreaterThan(floods * (floodMs / 1_000) * 0.3);
    expect(coreShare, story).toBeLessThanOrEqual(coreShareMax);
    expect(coreShare, story).toBeGreaterThan(0.02);
    expect(ratio, story).toBeLessThanOrEqual(p99RatioMax);
  },
  floods * (floodMs + quietMs) + quietMs + 120_000,
);

/** Of the thread that hashes, and of libuv's: neither does much else in a gateway. */
function hashingCpuMs(pid: number): number {
  let ticks = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1');
    if (!/^\d+ \((libuv-worker|WorkerThread)/.test(stat)) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * tickMs;
}
