import { check, sleep } from 'k6';
import { scenario } from 'k6/execution';
import { amountOf, money, post } from './lib/ask.ts';
import { answeredWith, asking, reconcile, unknown } from './lib/books.ts';
import { steady, underLoad } from './lib/load.ts';
import { duration, rate, runId, secondsOf } from './lib/settings.ts';
import { makeWallets, type Wallets } from './lib/wallets.ts';

export { handleSummary } from './lib/summary.ts';

const perSecond = rate(10);
const time = duration('60s');

/** Payments in a batch. */
const SIZE = 100;
/** As often as the payments of a batch are asked again of which nobody knows what became. */
const ROUNDS = 5;

/** Batches of a hundred payments at a steady rate. */
export const options = underLoad(steady(perSecond, time));

export const setup = () => makeWallets(perSecond * secondsOf(time) * SIZE);

export default function payBatch({ payers, payees }: Wallets): void {
  const batch = scenario.iterationInTest;
  let open = Array.from({ length: SIZE }, (_, i) => {
    const minor = amountOf(batch * SIZE + i);
    const payment = {
      idempotencyKey: `sla-${runId}-${batch}-${i}`,
      senderWalletId: payers[(batch + i) % payers.length],
      receiverWalletId: payees[(batch * 7 + i) % payees.length],
      ...money(minor),
      reference: `sla ${runId}`,
    };
    return { minor, payment };
  });
  asking(SIZE);
  for (let round = 0; open.length > 0 && round < ROUNDS; round += 1) {
    if (round > 0) sleep(0.2 * 2 ** round);
    const answer = post('/api/payments/batch', { payments: open.map(({ payment }) => payment) }, null, 'batch');
    if (answer?.status !== 200) break;
    const results = answer.json('results') as unknown as { status: number }[];
    open = open.filter(({ minor }, i) => {
      const status = results[i]?.status ?? 0;
      const isUnknown = status === 0 || status === 429 || status >= 500;
      if (!isUnknown) answeredWith(status, minor);
      return isUnknown;
    });
  }
  check(open, { 'each payment of a batch is answered': ({ length }) => length === 0 });
  for (const { minor } of open) unknown(minor);
}

export const teardown = reconcile;
