import { describe, expect, test } from 'vitest';
import { Mailboxes, type PendingCommand } from '../../actor/mailbox.js';
import { answerText, type RecordedAnswer } from '../../answers.js';
import type { Command, RecordedTransaction } from '../../contract/commands.js';
import { wallet as emptyWallet } from '../../ledger/testing/wallet.js';
import type { WalletState } from '../../ledger/wallet-state.js';
import { hold, limitsChange } from '../../testing/money-commands.js';
import { atomicBatch, payment, statusChange, transfer } from '../../testing/test-engines.js';
import { planBatch } from './planner.js';
import type { LedgerView } from './view.js';

const wallet = (walletId: string, cents: bigint, changes: Partial<WalletState> = {}) =>
  emptyWallet(walletId, { balance: cents * 100n, ...changes });

function view(wallets: WalletState[], changes: Partial<LedgerView> = {}): LedgerView {
  let minted = 0;
  return {
    fresh: new Set(wallets.map(({ walletId }) => walletId)),
    absent: new Set(),
    absentRows: new Set(),
    wallet: (walletId) => wallets.find((w) => w.walletId === walletId),
    partitionOf: () => 1,
    fundingWallet: () => wallet('funding', 0n, { kind: 'FUNDING', floor: null }),
    knownAnswer: () => undefined,
    isLookedUp: () => true,
    isUnderWay: () => false,
    hold: () => undefined,
    original: () => undefined,
    nowMs: Date.UTC(2026, 10, 26, 12),
    mintIdIn: () => `t${++minted}`,
    mintId: () => `t${++minted}`,
    ...changes,
  };
}

function pendingOf(commands: Command[]): PendingCommand[] {
  const mailboxes = new Mailboxes();
  mailboxes.open(1);
  for (const command of commands)
    mailboxes.offer(1, command, { deadlineAt: performance.now() + 5_000, bytes: 0 }, () => {});
  return mailboxes.take(1_000);
}

const plan = (commands: Command[], ledger: LedgerView) => planBatch(pendingOf(commands), ledger);
const codes = (planned: ReturnType<typeof planBatch>) =>
  planned.transactions.map(({ outcome }) => (outcome.type === 'REFUSED' ? outcome.code : 'POSTED'));

describe('a plan', () => {
  test('decides each command on the state that those before it leave behind', () => {
    const ledger = view([wallet('a', 100n), wallet('b', 0n)]);
    const planned = plan([payment('b', 'a', 1_000n), payment('a', 'b', 1_000n), payment('b', 'a', 1_000n)], ledger);
    expect(codes(planned)).toEqual(['INSUFFICIENT_FUNDS', 'POSTED', 'POSTED']);
  });

  test('changes the limits of many wallets at once, each once, and decides no payment behind them', () => {
    const planned = plan(
      [
        ...[payment('a', 'b', 100n), limitsChange('a', { perPayment: '1' }), limitsChange('b', { perPayment: '1' })],
        ...[limitsChange('a', { perPayment: '2' }), payment('b', 'c', 100n), limitsChange('c', { dailyOut: '1' })],
      ],
      view([wallet('a', 100n), wallet('b', 0n), wallet('c', 0n)]),
    );
    expect(planned.changes.map(({ walletId }) => walletId)).toEqual(['a', 'b', 'c']);
    expect(planned.transactions.length).toBe(1);
    expect(planned.deferred.map(({ command }) => command.type)).toEqual(['LIMITS_CHANGE', 'TRANSFER']);
  });

  test('keeps the deepest dip, the net change and the number of entries of each wallet', () => {
    const planned = plan(
      [payment('a', 'b', 6_000n), payment('a', 'b', 4_000n), payment('b', 'a', 7_000n)],
      view([wallet('a', 100n), wallet('b', 0n)]),
    );
    expect(planned.touched.get('a')).toMatchObject({ delta: -3_000n, dip: -10_000n, entries: 3 });
    expect(planned.touched.get('b')).toMatchObject({ delta: 3_000n, dip: 0n, entries: 3 });
  });

  test('changes nothing outside itself', () => {
    const wallets = [wallet('a', 100n), wallet('b', 0n)];
    plan([payment('a', 'b', 100n), statusChange('a', 'SUSPENDED')], view(wallets));
    expect(wallets).toEqual([wallet('a', 100n), wallet('b', 0n)]);
  });

  test('refuses nothing on hearsay: the command waits and its wallet is read', () => {
    const planned = plan(
      [payment('a', 'b', 100n)],
      view([wallet('a', 0n), wallet('b', 0n)], { fresh: new Set(['b']) }),
    );
    expect(planned.transactions).toEqual([]);
    expect(planned.deferred).toHaveLength(1);
    expect([...planned.toRead]).toEqual(['a']);
  });

  test('has all wallets read on which the refusals of an atomic batch rest, those that are fresh now too', () => {
    const ledger = view([wallet('a', 0n), wallet('b', 0n), wallet('c', 0n, { status: 'SUSPENDED' })], {
      fresh: new Set(['c']),
    });
    const planned = plan(
      [
        atomicBatch([
          ['a', 'b', 100n],
          ['a', 'c', 100n],
        ]),
      ],
      ledger,
    );
    expect(planned.deferred).toHaveLength(1);
    expect([...planned.toRead]).toEqual(['a', 'c']);
  });

  test('says that there is no wallet only when it was looked for, not when it has left the memory', () => {
    const forgotten = view([wallet('a', 100n)], { fresh: new Set(['a', 'b']) });
    const waiting = plan(
      [payment('a', 'b', 100n), statusChange('b', 'ACTIVE'), atomicBatch([['a', 'b', 100n]])],
      forgotten,
    );
    expect(waiting.answered).toEqual([]);
    expect(waiting.deferred).toHaveLength(3);
    const absent = plan([payment('a', 'b', 100n)], view([wallet('a', 100n)], { absent: new Set(['b']) }));
    expect(absent.answered.map(([, answer]) => JSON.parse(answerText(answer)).code)).toEqual(['WALLET_NOT_FOUND']);
  });

  test('takes a key once; the second command with it waits for what becomes of the first', () => {
    const first = payment('a', 'b', 100n);
    const other = payment('a', 'b', 200n, { idempotencyKey: first.idempotencyKey });
    const ledger = view([wallet('a', 100n), wallet('b', 0n)]);
    const planned = planBatch([...pendingOf([first]), ...pendingOf([other])], ledger);
    expect(planned.transactions).toHaveLength(1);
    expect(planned.deferred).toHaveLength(1);
  });

  test('answers a known key from memory, another request under it with a rejection', () => {
    const same = payment('a', 'b', 100n);
    const { requestHash } = same;
    const transactions = [{ transactionId: 't0' } as RecordedTransaction];
    const known: RecordedAnswer = { kind: 'TRANSACTION', outcomeId: 't0', requestHash, transactions };
    const ledger = view([wallet('a', 100n), wallet('b', 0n)], { knownAnswer: () => known });
    const planned = plan([same, payment('a', 'b', 300n)], ledger);
    expect(planned.transactions).toEqual([]);
    expect(planned.answered.map(([, answer]) => JSON.parse(answerText(answer)))).toMatchObject([
      { outcome: 'RECORDED', replayed: true, transaction: { transactionId: 't0' } },
      // In the word that gateways of 0.1.0 know.
      { outcome: 'REFUSED', code: 'IDEMPOTENCY_KEY_REUSED' },
    ]);
  });

  test('keeps an atomic batch out of the working copy when one of its payments is refused', () => {
    const planned = plan(
      [
        atomicBatch([
          ['a', 'b', 6_000n],
          ['a', 'b', 6_000n],
        ]),
        payment('a', 'b', 10_000n),
      ],
      view([wallet('a', 100n), wallet('b', 0n)]),
    );
    expect(codes(planned)).toEqual(['BATCH_REFUSED', 'INSUFFICIENT_FUNDS', 'POSTED']);
  });

  test('lets an atomic batch spend what it brings in itself', () => {
    const planned = plan(
      [
        atomicBatch([
          ['a', 'b', 5_000n],
          ['b', 'a', 5_000n],
        ]),
      ],
      view([wallet('a', 50n), wallet('b', 0n)]),
    );
    expect(codes(planned)).toEqual(['POSTED', 'POSTED']);
  });

  test('does not refuse a status change because of another one in the same batch', () => {
    const planned = plan([statusChange('a', 'CLOSED'), statusChange('a', 'SUSPENDED')], view([wallet('a', 0n)]));
    expect(planned.changes).toHaveLength(1);
    expect(planned.answered).toEqual([]);
    expect(planned.deferred).toHaveLength(1);
  });

  test('rejects by what a wallet is only once the key was looked for: an owner before may have done it', () => {
    const change = statusChange('a', 'CREATED');
    const planned = plan([change], view([wallet('a', 0n)], { isLookedUp: () => false }));
    expect([planned.answered, planned.deferred.length]).toEqual([[], 1]);
    expect([...planned.toLookUp]).toEqual([change.keyDigest]);
    const again = plan([change], view([wallet('a', 0n)]));
    expect(again.answered.map(([, answer]) => JSON.parse(answerText(answer)).code)).toEqual(['ILLEGAL_STATUS_CHANGE']);
  });

  test('makes no hold that is over already, and answers for one that was made, however late it is asked for again', () => {
    const ledger = view([wallet('a', 100n), wallet('b', 0n)]);
    const late = hold('a', 'b', 100n, ledger.nowMs);
    const planned = plan([late, hold('a', 'b', 100n, ledger.nowMs + 1)], ledger);
    // In the call, which looks for its key in the ledger: memory may not know of it.
    expect(planned.answered).toEqual([]);
    expect(codes(planned)[0]).toBe('HOLD_EXPIRED');
    expect([planned.commands.length, planned.holds.size]).toEqual([2, 1]);
    const { requestHash } = late;
    const transactions = [{ transactionId: 't0' } as RecordedTransaction];
    const known: RecordedAnswer = { kind: 'TRANSACTION', outcomeId: 't0', requestHash, transactions };
    const again = plan([late], view([wallet('a', 100n), wallet('b', 0n)], { knownAnswer: () => known }));
    expect(again.answered.map(([, answer]) => JSON.parse(answerText(answer)))).toMatchObject([
      { outcome: 'RECORDED', replayed: true, transaction: { transactionId: 't0' } },
    ]);
  });

  test('takes no command for another partition', () => {
    const ledger = view([wallet('a', 100n), wallet('b', 0n)], {
      partitionOf: (walletId) => (walletId === 'a' ? 2 : 1),
    });
    const planned = plan(
      [payment('a', 'b', 100n), statusChange('a', 'SUSPENDED'), atomicBatch([['a', 'b', 100n]])],
      ledger,
    );
    expect(planned.answered.map(([, answer]) => JSON.parse(answerText(answer)).code)).toEqual(
      Array(3).fill('COMMAND_FAULT'),
    );
    expect(planned.touched.size).toBe(0);
  });

  test('survives a command that cannot be read', () => {
    const planned = plan(
      [payment('a', 'b', 1n, { amount: 'much' }), transfer('DEPOSIT', null, 'b', 100n)],
      view([wallet('a', 100n), wallet('b', 0n)]),
    );
    expect(planned.answered.map(([, answer]) => JSON.parse(answerText(answer)).code)).toEqual(['COMMAND_FAULT']);
    expect(planned.faults.map(({ error }) => error)).toEqual([expect.any(SyntaxError)]);
    expect(codes(planned)).toEqual(['POSTED']);
  });
});
