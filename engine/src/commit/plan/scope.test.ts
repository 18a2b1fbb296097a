import { describe, expect, test } from 'vitest';
import { Mailboxes } from '../../actor/mailbox.js';
import { answerText, type RecordedAnswer } from '../../answers.js';
import type { Command, RecordedTransaction } from '../../contract/commands.js';
import { hold as holdState } from '../../ledger/testing/hold.js';
import { wallet as emptyWallet } from '../../ledger/testing/wallet.js';
import type { WalletState } from '../../ledger/wallet-state.js';
import { capture, hold, limitsChange, refund, reversal, voidHold } from '../../testing/money-commands.js';
import { atomicBatch, payment, statusChange, transfer } from '../../testing/test-engines.js';
import { planBatch } from './planner.js';
import type { LedgerView } from './view.js';

const scopes: Readonly<Record<string, string | null>> = { mine: 'shop', theirs: 'bank', nobodys: null };
const wallet = (walletId: string): WalletState =>
  emptyWallet(walletId, { balance: 1_000_000n, scope: scopes[walletId] ?? null });

interface Given {
  /** Wallets, holds and originals that are not there. */
  absent?: readonly string[];
  known?: RecordedAnswer | undefined;
  /** In memory, and not read for this batch. */
  stale?: readonly string[];
  onlyWallets?: boolean;
}

/** Three wallets, and a hold and a payment of each, named after who pays. */
function view({ absent = [], known, stale = [], onlyWallets = false }: Given = {}): LedgerView {
  const isThere = (id: string) => Object.hasOwn(scopes, id) && !absent.includes(id);
  const hasRow = (id: string) => isThere(id) && !onlyWallets;
  let minted = 0;
  return {
    fresh: new Set(Object.keys(scopes).filter((id) => !stale.includes(id))),
    absent: new Set(absent),
    absentRows: new Set(absent),
    wallet: (id) => (isThere(id) ? wallet(id) : undefined),
    partitionOf: () => 1,
    fundingWallet: () => emptyWallet('funding', { kind: 'FUNDING', floor: null }),
    knownAnswer: () => known,
    isLookedUp: () => true,
    isUnderWay: () => false,
    hold: (id) => (hasRow(id) ? holdState({ holdId: id, walletId: id, receiverWalletId: 'other' }) : undefined),
    original: (id) =>
      hasRow(id)
        ? {
            ...{ transactionId: id, kind: 'PAYMENT', status: 'SUCCESS', senderWalletId: 'other', receiverWalletId: id },
            ...{ amount: 100n, currency: 'EUR', refunded: 0n, refunds: 0 },
          }
        : undefined,
    nowMs: Date.UTC(2026, 10, 26, 12),
    mintIdIn: () => `t${++minted}`,
    mintId: () => `t${++minted}`,
  };
}

function plan(command: Command, given: Given = {}, scope: string | null = 'shop') {
  const mailboxes = new Mailboxes();
  mailboxes.open(1);
  const ledger = view(given);
  const bound = scope === null ? command : { ...command, scope };
  mailboxes.offer(1, bound, { deadlineAt: performance.now() + 5_000, bytes: 0 }, () => {});
  // Whoever is on the other side is there, and nobody's.
  const withOther = { ...ledger, wallet: (id: string) => (id === 'other' ? emptyWallet(id) : ledger.wallet(id)) };
  return planBatch(mailboxes.take(10), withOther);
}

const answers = (planned: ReturnType<typeof planBatch>) => planned.answered.map(([, answer]) => answerText(answer));

/** Each way to move or change what belongs to a wallet, of this payer. */
const commands: readonly [name: string, of: (payer: string) => Command][] = [
  ['a payment', (payer) => payment(payer, 'other', 100n)],
  ['a deposit', (payer) => transfer('DEPOSIT', null, payer, 100n)],
  ['a withdrawal', (payer) => transfer('WITHDRAWAL', payer, null, 100n)],
  ['an atomic batch', (payer) => atomicBatch([[payer, 'other', 100n]])],
  [
    'an atomic batch that pays it first',
    (payer) =>
      atomicBatch([
        ['mine', payer === 'mine' ? 'other' : payer, 100n],
        [payer, 'other', 100n],
      ]),
  ],
  ['a hold', (payer) => hold(payer, 'other', 100n)],
  ['a capture', (payer) => capture(payer)],
  ['a void', (payer) => voidHold(payer)],
  ['a refund', (payer) => refund(payer, payer)],
  ['a reversal', (payer) => reversal(payer, payer)],
  ['a change of status', (payer) => statusChange(payer, 'SUSPENDED')],
  ['a change of limits', (payer) => limitsChange(payer, {})],
];

describe.each(commands)('%s of a caller that is bound to a scope', (name, of) => {
  test('is decided for a wallet of its own', () => {
    const planned = plan(of('mine'));
    expect(answers(planned)).toEqual([]);
    expect(planned.commands).toHaveLength(1);
  });

  test.each(['theirs', 'nobodys'])('is answered as if a wallet that is %s did not exist', (payer) => {
    const planned = plan(of(payer));
    expect(answers(planned)).toHaveLength(1);
    expect(planned.commands).toEqual([]);
    // Paid by the first item of a batch, it has to exist for the second one to be looked at.
    if (!name.includes('first')) expect(answers(planned)).toEqual(answers(plan(of(payer), { absent: [payer] })));
    expect(answers(planned)[0]).toContain('_NOT_FOUND');
  });

  test('is decided for anybody\u2019s by who is not bound', () => {
    expect(plan(of('theirs'), {}, null).commands).toHaveLength(1);
  });

  test('is told what its key made only of its own wallet, and else what anybody hears under a taken key', () => {
    const command = of('mine');
    const transactions = [{ transactionId: 't0' } as RecordedTransaction];
    const made = (requestHash: string): RecordedAnswer => ({
      ...{ kind: 'TRANSACTION', outcomeId: 't0', requestHash, transactions },
    });
    expect(answers(plan(command, { known: made(command.requestHash) }))[0]).toContain('"replayed":true');
    const foreign = of('theirs');
    const hidden = answers(plan(foreign, { known: made(foreign.requestHash) }));
    expect(hidden).toEqual(answers(plan(foreign, { known: made('0'.repeat(32)), absent: ['theirs'] })));
    expect(hidden[0]).toContain('IDEMPOTENCY_KEY_REUSED');
    expect(answers(plan(foreign, { known: made(foreign.requestHash) }, null))[0]).toContain('"replayed":true');
  });
});

test('a bound caller pays whom it likes', () => {
  expect(plan(payment('mine', 'theirs', 100n)).transactions).toHaveLength(1);
  expect(plan(hold('mine', 'theirs', 100n)).holds.size).toBe(1);
});

test('another\u2019s wallet in memory is read before it is said not to exist, as one that is not there is', () => {
  const planned = plan(payment('theirs', 'other', 100n), { stale: ['theirs'], onlyWallets: true });
  expect(answers(planned)).toEqual([]);
  expect([...planned.toRead]).toEqual(['theirs']);
});

test('who paid is not told that the key is another\u2019s because the wallet has left the memory', () => {
  const command = payment('mine', 'other', 100n);
  const known: RecordedAnswer = {
    ...{ kind: 'TRANSACTION', outcomeId: 't0', requestHash: command.requestHash },
    transactions: [{ transactionId: 't0' } as RecordedTransaction],
  };
  const mailboxes = new Mailboxes();
  mailboxes.open(1);
  const arrival = { deadlineAt: performance.now() + 5_000, bytes: 0 };
  mailboxes.offer(1, { ...command, scope: 'shop' }, arrival, () => {});
  const planned = planBatch(mailboxes.take(10), { ...view({ known, onlyWallets: true }), wallet: () => undefined });
  expect(planned.answered).toEqual([]);
  expect([...planned.toRead]).toEqual(['mine']);
});

test('a command of one scope does not join that of another, though caller, key and body are the same', () => {
  const mailboxes = new Mailboxes();
  mailboxes.open(1);
  const command = payment('mine', 'other', 100n);
  const offer = (scope: string) =>
    mailboxes.offer(1, { ...command, scope }, { deadlineAt: performance.now() + 5_000, bytes: 0 }, () => {});
  offer('shop');
  offer('bank');
  offer('shop');
  expect(mailboxes.take(10).map(({ command: { scope }, waiting }) => [scope, waiting.length])).toEqual([
    ['shop', 2],
    ['bank', 1],
  ]);
});
