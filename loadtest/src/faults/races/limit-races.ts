import type { FaultRun } from '../fault-run.js';
import { asked, capture, hold, killOwnerAt, payment, tally, twoWallets } from './race.js';

export interface LimitRace {
  passed: number;
  refused: number;
  /** What the wallet's counter says. */
  counted: number;
  other: string[];
}

const clients = 64;
const paymentsEach = 50;

/** 64 clients ask for 50 payments of 1 each, of a wallet that may send 1,000 a day; `mixed`: half of them holds, captured later. */
export async function dailyLimitRace(
  run: FaultRun,
  { mixed, killAfterMs }: { mixed: boolean; killAfterMs?: number },
): Promise<LimitRace> {
  const [walletId, receiverId] = await twoWallets(run, '10000.00');
  await run.traffic.ask(asked('LIMITS', walletId, `/api/wallets/${walletId}/limits`, { dailyOut: '1000.00' }));
  const killed = killAfterMs === undefined ? null : killOwnerAt(run, Date.now() + killAfterMs);
  const answers = await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const own = [];
      for (let i = 0; i < paymentsEach; i += 1) {
        const isHold = mixed && i % 2 === 1;
        const ask = isHold ? hold(walletId, receiverId, '1.00') : payment(walletId, receiverId, '1.00');
        const answer = await run.traffic.ask(ask, undefined, client);
        own.push(answer);
        // It counted when it was held.
        if (isHold && answer.code === null && i % 4 === 1) {
          await run.traffic.ask(capture(answer.body.holdId as string), undefined, client);
        }
      }
      return own;
    }),
  );
  await killed;
  const { GRANTED = 0, DAILY_OUT_LIMIT_EXCEEDED = 0, ...rest } = tally(answers.flat());
  const [row] = await run.ask<{ day_out: string }>('SELECT day_out FROM wallets WHERE wallet_id = $1', [walletId]);
  return {
    passed: GRANTED,
    refused: DAILY_OUT_LIMIT_EXCEEDED,
    counted: Number(row?.day_out),
    other: Object.keys(rest),
  };
}

/** Forty payments of 10, amid which the daily limit is set to 200. Returns how many came before the limit and after it. */
export async function limitChangeRace(run: FaultRun): Promise<{ before: number; after: number }> {
  const [walletId, receiverId] = await twoWallets(run, '10000.00');
  const limits = asked('LIMITS', walletId, `/api/wallets/${walletId}/limits`, { dailyOut: '200.00' });
  const asks = Array.from({ length: 40 }, () => payment(walletId, receiverId, '10.00'));
  asks.splice(10, 0, limits);
  await Promise.all(asks.map((ask, place) => run.traffic.ask(ask, undefined, place)));
  // Limits change behind all payments of their batch.
  const [row] = await run.ask<{ before: number; after: number }>(
    `WITH change AS (
       SELECT b.worker_id, b.batch_seq FROM ledger_batches b, jsonb_array_elements(b.changes) AS c WHERE c->>'walletId' = $1)
     SELECT count(*) FILTER (WHERE t.batch_seq <= change.batch_seq)::int AS before,
            count(*) FILTER (WHERE t.batch_seq > change.batch_seq)::int AS after
       FROM change JOIN transactions t ON t.worker_id = change.worker_id
      WHERE t.sender_wallet_id = $1::uuid AND t.kind = 'PAYMENT' AND t.status = 'SUCCESS'`,
    [walletId],
  );
  return row as { before: number; after: number };
}
