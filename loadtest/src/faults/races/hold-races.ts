import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRun } from '../fault-run.js';
import { capture, granted, hold, killOwnerAt, tally, twoWallets } from './race.js';

interface HoldRow {
  hold_id: string;
  status: string;
  amount: string;
  captured: string;
}

/** Ten captures of 30 race on each hold of 100. Returns what was answered and what remains, one text a hold. */
export async function captureRaces(run: FaultRun, races: number, killAfterMs?: number): Promise<string[]> {
  const [walletId, receiverId] = await twoWallets(run, '10000.00');
  const holdIds = await Promise.all(
    Array.from({ length: races }, () => granted(run, hold(walletId, receiverId, '100.00'))),
  );
  const killed = killAfterMs === undefined ? null : killOwnerAt(run, Date.now() + killAfterMs);
  const outcomes = await Promise.all(
    holdIds.map(async (holdId) => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, place) => run.traffic.ask(capture(holdId, '30.00'), undefined, place)),
      );
      const [row] = await run.ask<HoldRow>('SELECT hold_id, status, amount, captured FROM holds WHERE hold_id = $1', [
        holdId,
      ]);
      const { GRANTED, CAPTURE_EXCEEDS_HOLD } = tally(answers);
      return `${GRANTED} captured, ${CAPTURE_EXCEEDS_HOLD} CAPTURE_EXCEEDS_HOLD, ${Number(row?.amount) - Number(row?.captured)} remain, ${row?.status}`;
    }),
  );
  await killed;
  return outcomes;
}

export const captureRaceOutcome = '3 captured, 7 CAPTURE_EXCEEDS_HOLD, 10 remain, OPEN';

export interface ExpiryRaces {
  captured: number;
  expired: number;
  /** What must not be, one line each. */
  wrong: string[];
  /** From `expiresAt`, or from the takeover of its partition if that came later, to the EXPIRY, the longest. */
  latestMs: number;
}

/**
 * A capture of all races with each hold's expiry, all at about the same time. `kill`: the owner is killed just then.
 * `spreadMs`: captures are asked for up to so long before `expiresAt`, and as long after it.
 */
export async function expiryRaces(
  run: FaultRun,
  races: number,
  { kill, spreadMs, random }: { kill: boolean; spreadMs: number; random: () => number },
): Promise<ExpiryRaces> {
  const [walletId, receiverId] = await twoWallets(run, '10000.00');
  const expiresAtMs = Date.now() + 1_500 + 10 * races;
  const holdIds = await Promise.all(
    Array.from({ length: races }, () => granted(run, hold(walletId, receiverId, '10.00', expiresAtMs))),
  );
  const killed = kill ? killOwnerAt(run, expiresAtMs) : null;
  const captures = await Promise.all(
    holdIds.map(async (holdId, place) => {
      await sleep(Math.max(0, expiresAtMs - Date.now() + (random() * 2 - 1) * spreadMs));
      return run.traffic.ask(capture(holdId), undefined, place);
    }),
  );
  await killed;
  await untilNoneIsOpen(run, walletId);
  const rows = await run.ask<HoldRow & { late_ms: string; expiries: number }>(
    `SELECT h.hold_id, h.status, h.amount, h.captured, count(t.*)::int AS expiries,
            coalesce(max(extract(epoch FROM t.created_at - greatest(h.expires_at, (
              SELECT max(taken_at) FROM partition_takeovers o WHERE o.partition_id = h.partition AND o.taken_at <= t.created_at))) * 1000), 0) AS late_ms
       FROM holds h LEFT JOIN transactions t ON t.parent_transaction_id = h.hold_id AND t.kind = 'EXPIRY'
      WHERE h.hold_id = ANY ($1) GROUP BY h.hold_id`,
    [holdIds],
  );
  const statuses = new Map(rows.map((row) => [row.hold_id, row]));
  const wrong: string[] = [];
  for (const [place, holdId] of holdIds.entries()) {
    const row = statuses.get(holdId);
    const code = captures[place]?.code ?? 'GRANTED';
    const found = `${code} ${row?.status} ${row?.expiries}`;
    if (found !== 'GRANTED CAPTURED 0' && found !== 'HOLD_EXPIRED EXPIRED 1') wrong.push(`hold ${holdId}: ${found}`);
  }
  const [wallet] = await run.ask<{ held: string; balance: string }>(
    'SELECT held::float8 AS held, balance::float8 AS balance FROM wallets WHERE wallet_id = $1',
    [walletId],
  );
  const captured = captures.filter(({ code }) => code === null).length;
  if (Number(wallet?.held) !== 0) wrong.push(`${wallet?.held} is still held`);
  if (Number(wallet?.balance) !== 10_000 - 10 * captured)
    wrong.push(`${captured} captured, the balance is ${wallet?.balance}`);
  const latestMs = Math.max(...rows.map(({ late_ms }) => Math.round(Number(late_ms))));
  return { captured, expired: races - captured, wrong, latestMs };
}

async function untilNoneIsOpen(run: FaultRun, walletId: string): Promise<void> {
  const until = performance.now() + 15_000;
  for (;;) {
    const open = await run.ask(`SELECT FROM holds WHERE wallet_id = $1 AND status = 'OPEN' LIMIT 1`, [walletId]);
    if (open.length === 0) return;
    if (performance.now() > until) throw new Error('a hold is stuck past its time');
    await sleep(50);
  }
}
