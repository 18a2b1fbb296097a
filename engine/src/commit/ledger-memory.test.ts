import pg from 'pg';
import { expect, test } from 'vitest';
import { Mailboxes, type PendingCommand } from '../actor/mailbox.js';
import { RecentAnswers } from '../actor/recent-answers.js';
import { WalletCache } from '../actor/wallet-cache.js';
import type { Command } from '../contract/commands.js';
import type { Database } from '../database.js';
import { noLimitsColumns } from '../testing/fake-ledger.js';
import { capture, refund } from '../testing/money-commands.js';
import { payment } from '../testing/test-engines.js';
import { LedgerMemory, LedgerRead } from './ledger-memory.js';

const [a, b, holdId, brokenId] = [1, 2, 3, 4].map((i) => `00000000-0000-4000-8000-00000000000${i}`) as [
  ...[string, string, string, string],
];
const holdRow = {
  ...{ hold_id: holdId, wallet_id: a, receiver_wallet_id: b, currency: 'EUR', amount: '1.0000', captured: '0.0000' },
  ...{ captures: 0, status: 'OPEN', expires_ms: '0', made_day: 0 },
};

const walletRow = (wallet_id: string) => ({
  ...{ wallet_id, kind: 'USER', currency: 'EUR', status: 'ACTIVE', balance: '1.0000', held: '0', floor: '0' },
  ...noLimitsColumns,
});

/** A memory over a ledger that holds one hold, and one row on a page that cannot be read. */
function memoryOf(wallets = new WalletCache(1), whileRead = () => {}): LedgerMemory {
  const query = async (text: string, [ids]: [string]) => {
    if (ids.includes(brokenId))
      throw Object.assign(new pg.DatabaseError('', 0, 'error'), { severity: 'ERROR', code: 'XX001' });
    whileRead();
    if (text.includes('FROM wallets')) return [a, b].filter((id) => ids.includes(id)).map(walletRow);
    return text.includes('FROM holds') && ids.includes(holdId) ? [holdRow] : [];
  };
  const database = { query, nowMs: () => Date.now() } as unknown as Database;
  return new LedgerMemory(1, wallets, new RecentAnswers(), database);
}

function pendingOf(...commands: Command[]): PendingCommand[] {
  const mailboxes = new Mailboxes();
  mailboxes.open(0);
  for (const command of commands) mailboxes.offer(0, command, { deadlineAt: Infinity, bytes: 0 }, () => {});
  return mailboxes.take(1_000);
}

test('a hold is found again though somebody pays to a wallet of its id, which there is not', async () => {
  const memory = memoryOf();
  const read = new LedgerRead();
  const commands = pendingOf(capture(holdId), payment(a, holdId, 100n));
  for (const round of [1, 2]) {
    await memory.read(memory.missing(commands, read), read, 0);
    const view = memory.view(read);
    expect([view.hold(holdId)?.holdId, view.absent.has(holdId)], `round ${round}`).toEqual([holdId, true]);
    // As after a guard that failed.
    read.forgetHoldsAndOriginals();
  }
});

test('a hold or an original whose row cannot be read keeps nothing else from being read', async () => {
  const memory = memoryOf();
  const read = new LedgerRead();
  const commands = pendingOf(capture(holdId), capture(brokenId), refund(brokenId, b));
  await memory.read(memory.missing(commands, read), read, 0);
  expect(memory.view(read).hold(holdId)?.holdId).toBe(holdId);
  expect(commands.map((pending) => memory.rowsOf(pending).some((id) => read.unreadable.has(id)))).toEqual([
    ...[false, true, true],
  ]);
  const { holdIds, originalIds } = memory.missing(commands, read);
  expect([...holdIds, ...originalIds]).toEqual([]);
});

test('what was read while its partition was taken over is read again', async () => {
  const wallets = new WalletCache(1);
  let takeovers = 1;
  const memory = memoryOf(wallets, () => {
    if (takeovers-- > 0) wallets.forgetPartition(0);
  });
  const read = new LedgerRead();
  const commands = pendingOf(payment(a, b, 100n));
  await memory.read(memory.missing(commands, read), read, 0);
  expect([wallets.get(a), [...read.fresh]]).toEqual([undefined, []]);
  await memory.read(memory.missing(commands, read), read, 0);
  expect([...read.fresh]).toEqual([a, b]);
});

test('a hold or an original is not taken for missing because the ledger could not be read', async () => {
  let cuts = 1;
  const memory = memoryOf(new WalletCache(1), () => {
    if (cuts-- > 0) throw new Error('Connection terminated');
  });
  const read = new LedgerRead();
  const commands = pendingOf(capture(holdId), refund(b, a));
  await expect(memory.read(memory.missing(commands, read), read, 0)).rejects.toThrow('terminated');
  expect([...memory.view(read).absentRows]).toEqual([]);
  await memory.read(memory.missing(commands, read), read, 0);
  const view = memory.view(read);
  expect([view.hold(holdId)?.holdId, [...view.absentRows]]).toEqual([holdId, [b]]);
});
