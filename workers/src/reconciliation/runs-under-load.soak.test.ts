import { startTestPlatform, type TestPlatform } from '@smart-wallet/gateway/testing/test-platform.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trafficOf } from '../testing/ledger-traffic.js';
import { reconcile } from '../testing/reconcile.js';

const runs = Number(process.env.SOAK_RUNS ?? 50);

let api: TestPlatform;
beforeAll(async () => {
  api = await startTestPlatform();
});
afterAll(() => api?.close());

it(`finds nothing in ${runs} runs while everything is moved and engines come and go`, async () => {
  const url = api.scratch.database.urlAs('wallet_workers');
  // Full runs take longer as the ledger grows: at a pace at which it is four times as large in the end, not a hundred times.
  const traffic = await trafficOf(api, 24, 250);
  for (let run = 0; run < runs; run++) {
    if (run % 10 === 9) void api.restartEngine();
    const { status, findings } = await reconcile(url, run % 2 === 0 ? 'incremental' : 'full');
    expect([run, status, findings]).toEqual([run, 'CLEAN', []]);
  }
  expect(await traffic.stop()).toBeGreaterThan(runs);
}, 1_800_000);
