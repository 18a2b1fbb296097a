import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { balanceLimit } from '../contract/money.js';
import { type WalletStatus, walletStatuses } from '../contract/wallet.js';
import { decideStatusChange, decideTransfer } from './decide.js';
import { evolve } from './evolve.js';
import type { WalletState } from './wallet-state.js';

const funding = 'funding';
const ids = ['a', 'b', 'c'];

function wallet(walletId: string, changes: Partial<WalletState> = {}): WalletState {
  return { walletId, kind: 'USER', currency: 'EUR', status: 'ACTIVE', balance: 0n, held: 0n, floor: 0n, ...changes };
}

describe('a transfer', () => {
  const pay = (sender: WalletState, receiver: WalletState, amount: bigint, currency = 'EUR') =>
    decideTransfer(sender, receiver, { amount, currency });

  test('moves money down to the floor and not below', () => {
    const sender = wallet('a', { balance: 10_000n });
    expect(pay(sender, wallet('b'), 10_000n)).toMatchObject({ type: 'PAIR_POSTED', amount: 10_000n });
    expect(pay(sender, wallet('b'), 10_100n)).toMatchObject({ code: 'INSUFFICIENT_FUNDS', restsOn: ['a'] });
  });

  test('does not touch what is held', () => {
    expect(pay(wallet('a', { balance: 10_000n, held: 4_000n }), wallet('b'), 6_100n)).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
  });

  test.each(['CREATED', 'SUSPENDED', 'CLOSED'] as const)('is refused when either side is %s', (status) => {
    const rich = { balance: 100n };
    expect(pay(wallet('a', { ...rich, status }), wallet('b'), 1n)).toMatchObject({
      code: 'WALLET_NOT_ACTIVE',
      restsOn: ['a'],
    });
    expect(pay(wallet('a', rich), wallet('b', { status }), 1n)).toMatchObject({
      code: 'WALLET_NOT_ACTIVE',
      restsOn: ['b'],
    });
  });

  test('stays in one currency, and that refusal rests on nothing that changes', () => {
    expect(pay(wallet('a', { balance: 100n }), wallet('b', { currency: 'USD' }), 1n)).toMatchObject({
      code: 'CURRENCY_MISMATCH',
      restsOn: [],
    });
  });

  test('cannot lift a balance to the limit', () => {
    const full = wallet('b', { balance: balanceLimit - 10_000n });
    const source = wallet(funding, { kind: 'FUNDING', floor: null });
    expect(pay(source, full, 9_999n)).toMatchObject({ type: 'PAIR_POSTED' });
    expect(pay(source, full, 10_000n)).toMatchObject({ code: 'BALANCE_LIMIT_EXCEEDED', restsOn: ['b'] });
  });

  test('of money that comes in or goes out does not meet a limit of the funding wallet', () => {
    const drained = wallet(funding, { kind: 'FUNDING', floor: null, balance: 1n - balanceLimit });
    expect(pay(drained, wallet('b'), 10_000n)).toMatchObject({ type: 'PAIR_POSTED' });
    const full = wallet(funding, { kind: 'FUNDING', floor: null, balance: balanceLimit - 1n });
    expect(pay(wallet('b', { balance: 10_000n }), full, 10_000n)).toMatchObject({ type: 'PAIR_POSTED' });
  });
});

describe('a status change', () => {
  const legal = new Set([
    'CREATED>ACTIVE',
    'CREATED>CLOSED',
    'ACTIVE>SUSPENDED',
    'ACTIVE>CLOSED',
    'SUSPENDED>ACTIVE',
    'SUSPENDED>CLOSED',
  ]);

  test.each(walletStatuses.flatMap((from) => walletStatuses.map((to) => [from, to] as const)))(
    '%s to %s',
    (status, to) => {
      const decision = decideStatusChange(wallet('a', { status }), to);
      if (status === to || legal.has(`${status}>${to}`))
        expect(decision).toMatchObject({ type: 'STATUS_CHANGED', status: to });
      else expect(decision).toMatchObject({ code: 'ILLEGAL_STATUS_CHANGE' });
    },
  );

  test('closes only an empty wallet', () => {
    expect(decideStatusChange(wallet('a', { balance: 100n }), 'CLOSED')).toMatchObject({ code: 'WALLET_NOT_EMPTY' });
    expect(decideStatusChange(wallet('a', { held: 100n, balance: 100n }), 'CLOSED')).toMatchObject({
      code: 'WALLET_NOT_EMPTY',
    });
  });
});

test('decide and evolve agree with a naive ledger that keeps entries and sums them up', () => {
  const command = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        sender: fc.constantFrom(funding, ...ids),
        receiver: fc.constantFrom(funding, ...ids),
        amount: fc.integer({ min: 1, max: 60 }).map((cents) => BigInt(cents) * 100n),
        currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'EUR', 'USD'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ walletId: fc.constantFrom(...ids), status: fc.constantFrom(...walletStatuses) }),
    },
  );
  let posted = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.array(command, { maxLength: 25 }), (commands) => {
      const state = new Map<string, WalletState>(ids.map((id) => [id, wallet(id)]));
      state.set(funding, wallet(funding, { kind: 'FUNDING', floor: null }));
      const naive = new NaiveLedger();
      for (const c of commands) {
        const expected = 'walletId' in c ? naive.changeStatus(c.walletId, c.status) : naive.transfer(c);
        if ('walletId' in c) {
          const before = state.get(c.walletId) as WalletState;
          const decision = decideStatusChange(before, c.status);
          expect(decision.type === 'REJECTED' ? decision.code : 'OK').toBe(expected);
          if (decision.type !== 'REJECTED') state.set(c.walletId, evolve(before, decision));
        } else if (c.sender !== c.receiver) {
          const decision = decideTransfer(state.get(c.sender) as WalletState, state.get(c.receiver) as WalletState, c);
          expect(decision.type === 'REFUSED' ? decision.code : 'OK').toBe(expected);
          if (decision.type === 'REFUSED') refused += 1;
          else {
            posted += 1;
            for (const [id, before] of state) state.set(id, evolve(before, decision));
          }
        }
      }
      for (const [id, { balance, status }] of state) {
        expect([id, balance, status]).toEqual([id, naive.balance(id), naive.status(id)]);
      }
      expect([...state.values()].reduce((sum, { balance }) => sum + balance, 0n)).toBe(0n);
    }),
    { numRuns: 20_000 },
  );
  expect(Math.min(posted, refused)).toBeGreaterThan(10_000);
});

/** Keeps every entry and derives everything from them, in the plainest way. */
class NaiveLedger {
  readonly #entries: { id: string; amount: bigint }[] = [];
  readonly #statuses = new Map<string, WalletStatus>();

  balance(id: string): bigint {
    return this.#entries.filter((entry) => entry.id === id).reduce((sum, { amount }) => sum + amount, 0n);
  }

  status(id: string): WalletStatus {
    return this.#statuses.get(id) ?? 'ACTIVE';
  }

  transfer({
    sender,
    receiver,
    amount,
    currency,
  }: {
    sender: string;
    receiver: string;
    amount: bigint;
    currency: string;
  }): string {
    if (sender === receiver) return 'NOT_A_TRANSFER';
    if (currency !== 'EUR') return 'CURRENCY_MISMATCH';
    if (this.status(sender) !== 'ACTIVE' || this.status(receiver) !== 'ACTIVE') return 'WALLET_NOT_ACTIVE';
    if (sender !== funding && this.balance(sender) < amount) return 'INSUFFICIENT_FUNDS';
    this.#entries.push({ id: sender, amount: -amount }, { id: receiver, amount });
    return 'OK';
  }

  changeStatus(id: string, to: WalletStatus): string {
    const from = this.status(id);
    if (from !== to && (from === 'CLOSED' || to === 'CREATED' || (from === 'CREATED' && to === 'SUSPENDED'))) {
      return 'ILLEGAL_STATUS_CHANGE';
    }
    if (to === 'CLOSED' && this.balance(id) !== 0n) return 'WALLET_NOT_EMPTY';
    this.#statuses.set(id, to);
    return 'OK';
  }
}
