import { describe, expect, test } from 'vitest';
import { Mailboxes, type PendingCommand } from '../../actor/mailbox.js';
import { answerText } from '../../answers.js';
import type { Command } from '../../contract/commands.js';
import type { HoldState } from '../../ledger/hold-state.js';
import type { Original } from '../../ledger/original.js';
import { hold as heldBy } from '../../ledger/testing/hold.js';
import { wallet } from '../../ledger/testing/wallet.js';
import { capture, limitsChange, refund, reversal } from '../../testing/money-commands.js';
import { planBatch } from './planner.js';
import type { LedgerView } from './view.js';

const held: HoldState = heldBy({ holdId: 'h', walletId: 'a', receiverWalletId: 'b', amount: 100n, captured: 40n });
const paid: Original = {
  ...{ transactionId: 'p', kind: 'PAYMENT', status: 'SUCCESS', senderWalletId: 'a', receiverWalletId: 'b' },
  ...{ amount: 100n, currency: 'EUR', refunded: 40n, refunds: 1 },
};
const wallets = ['a', 'b'].map((id) => wallet(id, { balance: 1_000n, held: id === 'a' ? 60n : 0n }));

function planned(commands: Command[], fresh: string[] = ['a', 'b', 'h', 'p']) {
  const mailboxes = new Mailboxes();
  mailboxes.open(1);
  const limits = { deadlineAt: performance.now() + 5_000, bytes: 0 };
  for (const command of commands) mailboxes.offer(1, command, limits, () => {});
  const pending: PendingCommand[] = mailboxes.take(1_000);
  let minted = 0;
  const view: LedgerView = {
    ...{ fresh: new Set(fresh), absent: new Set(), absentRows: new Set() },
    wallet: (walletId) => wallets.find((each) => each.walletId === walletId),
    ...{ partitionOf: () => 1, fundingWallet: () => wallet('f', { kind: 'FUNDING', floor: null }) },
    ...{ knownAnswer: () => undefined, isLookedUp: () => true, isUnderWay: () => false },
    hold: (id) => (id === 'h' ? held : undefined),
    original: (id) => (id === 'p' ? paid : undefined),
    nowMs: Math.min(held.expiresAtMs - 1, Date.UTC(2026, 10, 26)),
    ...{ mintIdIn: () => `t${++minted}`, mintId: () => `t${++minted}` },
  };
  return planBatch(pending, view);
}

const none = { creditLimit: '0', perPayment: null, dailyOut: null, dailyIn: null };
const asExpected: Command[] = [
  { ...capture('h'), expectedRemaining: '60' },
  { ...refund('p', 'b'), expectedRefunded: '40' },
  { ...reversal('p', 'b'), expectedRefunded: '40' },
  { ...limitsChange('a', { dailyOut: '500' }), expectedLimits: none },
];
const otherwise: Command[] = [
  { ...capture('h'), expectedRemaining: '100' },
  { ...refund('p', 'b'), expectedRefunded: '0' },
  { ...reversal('p', 'b'), expectedRefunded: '0' },
  { ...limitsChange('a', { dailyOut: '500' }), expectedLimits: { ...none, perPayment: '7' } },
];

describe('a command that expects something', () => {
  test.each(asExpected)('is done while it is so: $type', (command) => {
    expect(planned([command]).commands).toHaveLength(1);
  });

  test.each(otherwise)('is rejected when it is not so any more, and nothing is recorded: $type', (command) => {
    const { answered, commands } = planned([command]);
    expect(answered.map(([, answer]) => JSON.parse(answerText(answer)).code)).toEqual(['APPROVAL_STALE']);
    expect(commands).toEqual([]);
  });

  test.each(otherwise)('is not rejected on hearsay, but waits until it is read: $type', (command) => {
    const { answered, deferred } = planned([command], []);
    expect([answered, deferred.length]).toEqual([[], 1]);
  });

  test.each(asExpected)('waits behind another one that changes what it expects: $type', (command) => {
    const [first] = asExpected.filter(({ type }) => type === command.type);
    const before = { ...first, ...{ idempotencyKey: 'before', keyDigest: 'b'.repeat(32) } } as Command;
    const { answered, commands, deferred } = planned([before, command]);
    expect([answered, commands.length, deferred.length]).toEqual([[], 1, 1]);
  });
});
