import { beforeEach, describe, expect, test } from 'vitest';
import { Mailboxes, type PendingCommand } from '../actor/mailbox.js';
import { walletsOf } from '../contract/command-traits.js';
import type { Command } from '../contract/commands.js';
import { atomicBatch, payment } from '../testing/test-engines.js';
import { LockedWallets } from './locked-wallets.js';

let locked: string[];
let wallets: LockedWallets;

beforeEach(() => {
  locked = [];
  wallets = new LockedWallets(
    ({ command }) => walletsOf(command) as string[],
    async (asked) => [...asked].filter((walletId) => locked.includes(walletId)),
  );
});

function pendingOf(commands: Command[], deadlineInMs = 5_000): PendingCommand[] {
  const mailboxes = new Mailboxes();
  mailboxes.open(1);
  const arrival = { deadlineAt: performance.now() + deadlineInMs, bytes: 0 };
  for (const command of commands) mailboxes.offer(1, command, arrival, () => {});
  return mailboxes.take(10_000);
}

const unknown = () => false;
const looked = () => new Promise((done) => setTimeout(done, 210));

describe('locked wallets', () => {
  test('keep what needs them apart until they are free', async () => {
    locked = ['a'];
    expect(await wallets.look(['a', 'b'])).toEqual(['a']);
    const [needs, others] = pendingOf([payment('a', 'b', 1n), payment('b', 'c', 1n)]);
    expect(wallets.setApart([needs, others] as PendingCommand[], unknown)).toEqual([others]);
    expect(wallets.waiting).toBe(true);
    await looked();
    expect(await wallets.released(1_000)).toEqual([]);
    locked = [];
    await looked();
    expect(await wallets.released(1_000)).toEqual([needs]);
    expect(wallets.waiting).toBe(false);
    expect(wallets.setApart([needs as PendingCommand], unknown)).toEqual([needs]);
  });

  test('are those that are locked at a second look: another engine that pays holds them for less', async () => {
    locked = ['a'];
    const found = wallets.look(['a']);
    locked = [];
    expect(await found).toEqual([]);
  });

  test('keep nothing apart whose time is over, or whose answer is known', async () => {
    locked = ['a'];
    await wallets.look(['a']);
    const [late] = pendingOf([payment('a', 'b', 1n)], 100);
    expect(wallets.setApart([late as PendingCommand], () => true)).toEqual([late]);
    wallets.setApart([late as PendingCommand], unknown);
    await looked();
    expect(await wallets.released(1_000)).toEqual([late]);
  });

  test('give back no more at once than there is room for', async () => {
    locked = ['a'];
    await wallets.look(['a']);
    const batch = () => atomicBatch(Array.from({ length: 600 }, () => ['a', 'b', 1n]));
    const [first, second] = pendingOf([batch(), batch()]) as [PendingCommand, PendingCommand];
    wallets.setApart([first, second], unknown);
    locked = [];
    await looked();
    expect(await wallets.released(500)).toEqual([]);
    expect(await wallets.released(1_000)).toEqual([first]);
    expect(await wallets.released(1_000)).toEqual([second]);
  });
});
