import type { FaultRun } from '../fault-run.js';
import { asked, granted, killOwnerAt, payment, tally, twoWallets } from './race.js';

const refund = (id: string, amount: string) => asked('REFUND', id, `/api/payments/${id}/refunds`, { amount });
const reversal = (id: string) => asked('REVERSAL', id, `/api/transactions/${id}/reversal`, { reason: 'a race' });

/** Ten refunds of 30 race on each payment of 100. One text a payment. */
export async function refundRaces(run: FaultRun, races: number, killAfterMs?: number): Promise<string[]> {
  const [payerId, payeeId] = await twoWallets(run, '100000.00');
  const paid = await Promise.all(
    Array.from({ length: races }, () => granted(run, payment(payerId, payeeId, '100.00'))),
  );
  const killed = killAfterMs === undefined ? null : killOwnerAt(run, Date.now() + killAfterMs);
  const outcomes = await Promise.all(
    paid.map(async (id) => {
      const asks = Array.from({ length: 10 }, () => refund(id, '30.00'));
      const { GRANTED, REFUND_EXCEEDS_REMAINING } = tally(
        await Promise.all(asks.map((ask, place) => run.traffic.ask(ask, undefined, place))),
      );
      return `${GRANTED} refunded, ${REFUND_EXCEEDS_REMAINING} REFUND_EXCEEDS_REMAINING, ${await paidBack(run, id)} paid back`;
    }),
  );
  await killed;
  return outcomes;
}

export const refundRaceOutcome = '3 refunded, 7 REFUND_EXCEEDS_REMAINING, 90 paid back';

/** Refunds of 30 race with one reversal on a payment of 100, which pays all back: one text a payment. */
export async function reversalRaces(run: FaultRun, races: number): Promise<string[]> {
  const [payerId, payeeId] = await twoWallets(run, '100000.00');
  const paid = await Promise.all(
    Array.from({ length: races }, () => granted(run, payment(payerId, payeeId, '100.00'))),
  );
  return Promise.all(
    paid.map(async (id, race) => {
      const asks = Array.from({ length: 5 }, () => refund(id, '30.00'));
      asks.splice(race % 6, 0, reversal(id));
      const answers = await Promise.all(asks.map((ask, place) => run.traffic.ask(ask, undefined, place)));
      const refunds = answers.filter((_, i) => asks[i]?.kind === 'REFUND' && answers[i]?.code === null).length;
      const reversed = answers.find((_, i) => asks[i]?.kind === 'REVERSAL');
      const back = await paidBack(run, id);
      const taken = Number(reversed?.body.amount ?? 0);
      return `${reversed?.code ?? 'REVERSED'}, ${back} paid back, ${back - 30 * refunds - taken} of it by nobody`;
    }),
  );
}

export const reversalRaceOutcome = 'REVERSED, 100 paid back, 0 of it by nobody';

async function paidBack(run: FaultRun, id: string): Promise<number> {
  const [row] = await run.ask<{ refunded: string }>('SELECT refunded FROM refund_totals WHERE transaction_id = $1', [
    id,
  ]);
  return Number(row?.refunded ?? 0);
}
