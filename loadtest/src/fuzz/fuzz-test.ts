import { gatewayToken } from '@smart-wallet/gateway/testing/scratch.js';
import { startTestPlatform, type TestPlatform } from '@smart-wallet/gateway/testing/test-platform.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../audit/audit.js';
import { reportText } from '../audit/report.js';
import { fuzz } from './fuzz.js';

const moneyMoves = [
  ...['deposit', 'withdraw', 'createPayment', 'createPaymentBatch', 'createHold', 'captureHold', 'voidHold'],
  ...['refundPayment', 'reverseTransaction', 'replaceLimits', 'changeWalletStatus'],
  ...['approveApproval', 'rejectApproval', 'createUser', 'changeUser', 'refreshSession'],
];

/** `FUZZ_SEED` asks the same again, `FUZZ_CALLS` another number of times. Without a seed: what nobody asked yet. */
export function fuzzTest(calls: number, seedOrRandom?: number): void {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform?.close());

  test('whatever is asked, rightly or wrongly, is answered as the description says, and the books balance', async () => {
    const seed = Number(process.env.FUZZ_SEED) || (seedOrRandom ?? Math.floor(Math.random() * 2 ** 31));
    const wanted = Number(process.env.FUZZ_CALLS) || calls;
    const report = await fuzz({ url: platform.url, token: gatewayToken, calls: wanted, seed });
    const seen = Object.fromEntries([...report.seen].sort());
    const succeeded = new Set(
      [...report.seen.keys()].filter((one) => / 20\d$/.test(one)).map((one) => one.split(' ')[0]),
    );
    const story = `FUZZ_SEED=${seed}: ${report.calls} calls in ${report.durationMs} ms, ${report.keys} keys, ${report.acknowledged.length} transactions`;
    console.log(story, process.env.FUZZ_SEEN ? seen : '');
    expect(report.faults, `${story}\n${report.faults.join('\n\n')}`).toEqual([]);
    const books = await audit(platform.scratch.database.urlAs('wallet_audit'), { acknowledged: report.acknowledged });
    expect(books.clean, `${story}\n${reportText(books)}`).toBe(true);
    // What the calls never met they prove nothing about.
    if (wanted >= 5_000) expect([...succeeded], story).toEqual(expect.arrayContaining(moneyMoves));
    expect(report.acknowledged.length).toBeGreaterThan(wanted / 50);
  }, 3_600_000);
}
