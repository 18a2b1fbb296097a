import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Command, CommandResult } from '../contract/commands.js';
import { hold, limitsChange, voidHold } from '../testing/money-commands.js';
import { moveClock } from '../testing/moved-clock.js';
import { payment, TestEngines } from '../testing/test-engines.js';

const dayMs = 86_400_000;
const unit = 10_000n;
/** Until midnight, when the test begins. */
const leadMs = 6_000;

let engines: TestEngines;
let movedMs: number;
let midnightMs: number;

beforeAll(async () => {
  movedMs = dayMs - (Date.now() % dayMs) - leadMs;
  midnightMs = Date.now() + movedMs + leadMs;
  engines = await TestEngines.start(1, null, (database) => moveClock(database, movedMs));
});
afterAll(() => engines?.stop());

const nowMs = () => Date.now() + movedMs;
const untilMs = (ms: number) => sleep(Math.max(0, ms - nowMs()));

function asked<Asked extends Command>(command: Asked): Asked {
  return { ...command, initiatedAtMs: nowMs() };
}

const send = (command: Command) => engines.send(asked(command));

function codeOf(result: CommandResult): string {
  if (result.outcome !== 'RECORDED') return JSON.stringify(result);
  return result.transaction.failureCode ?? 'SUCCESS';
}

function idOf(result: CommandResult): string {
  if (codeOf(result) !== 'SUCCESS' || result.outcome !== 'RECORDED') throw new Error(JSON.stringify(result));
  return result.transaction.transactionId;
}

async function somebodyWaits(): Promise<boolean> {
  const { rows } = await engines.database.admin.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
}

async function counters(walletId: string): Promise<{ day: number; out: number; held: number }> {
  const { rows } = await engines.database.admin.query(
    'SELECT counter_day AS day, day_out::float8 AS out, held::float8 AS held FROM wallets WHERE wallet_id = $1',
    [walletId],
  );
  return rows[0];
}

test('at midnight the day that a call was decided for is over: it is decided again, for the day on which it is committed', async () => {
  const [payer, receiver] = [await engines.createWallet(), await engines.createWallet()];
  const deposit = asked({ ...payment(payer, receiver, 1_000n * unit) });
  await send({ ...deposit, kind: 'DEPOSIT', senderWalletId: null, receiverWalletId: payer });
  expect((await send(limitsChange(payer, { dailyOut: (100n * unit).toString() }))).outcome).toBe('LIMITS_CHANGED');
  const [kept, given] = [
    idOf(await send(hold(payer, receiver, 30n * unit))),
    idOf(await send(hold(payer, receiver, 20n * unit))),
  ];
  // What a void gives back before midnight returns to the day.
  expect(codeOf(await send(voidHold(given)))).toBe('SUCCESS');
  expect(codeOf(await send(payment(payer, receiver, 70n * unit)))).toBe('SUCCESS');
  expect(codeOf(await send(payment(payer, receiver, 1n * unit)))).toBe('DAILY_OUT_LIMIT_EXCEEDED');
  const yesterday = Math.floor(midnightMs / dayMs) - 1;
  expect(await counters(payer)).toEqual({ day: yesterday, out: 100, held: 30 });
  expect(nowMs()).toBeLessThan(midnightMs - 1_000);

  // A call that is under way when the day ends: its rows are locked until then.
  const other = await engines.createWallet();
  await send({ ...asked(payment(payer, other, 10n * unit)), kind: 'DEPOSIT', senderWalletId: null });
  await untilMs(midnightMs - 700);
  const { admin } = engines.database;
  const locker = await admin.connect();
  await locker.query('BEGIN');
  await locker.query('SELECT FROM wallets WHERE wallet_id = $1 FOR UPDATE', [receiver]);
  const waiting = send(payment(other, receiver, 1n * unit));
  // Alone in its call: who is refused shares it with nobody, and would be so before the day ends.
  while (!(await somebodyWaits())) await sleep(10);
  // Refused by yesterday's counter, if it were still yesterday at its commit.
  const behind = send(payment(payer, receiver, 60n * unit));
  expect(nowMs()).toBeLessThan(midnightMs);
  await untilMs(midnightMs + 150);
  await locker.query('COMMIT');
  locker.release();
  expect((await Promise.all([waiting, behind])).map(codeOf)).toEqual(['SUCCESS', 'SUCCESS']);
  expect(await counters(payer)).toEqual({ day: yesterday + 1, out: 60, held: 30 });
  expect(await counters(other)).toEqual({ day: yesterday + 1, out: 1, held: 0 });

  // What was held yesterday gives nothing back to today.
  expect(codeOf(await send(voidHold(kept)))).toBe('SUCCESS');
  expect(await counters(payer)).toEqual({ day: yesterday + 1, out: 60, held: 0 });
  expect(codeOf(await send(payment(payer, receiver, 40n * unit)))).toBe('SUCCESS');
  expect(codeOf(await send(payment(payer, receiver, 1n * unit)))).toBe('DAILY_OUT_LIMIT_EXCEEDED');

  const { rows } = await admin.query(
    `SELECT count(*)::int AS n FROM transactions t JOIN ledger_batches b USING (worker_id, batch_seq)
      WHERE t.created_at <> b.created_at OR t.created_at < '2026-01-01'`,
  );
  expect(rows[0].n).toBe(0);
}, 40_000);
