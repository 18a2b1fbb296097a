import { describe, expect, test } from 'vitest';
import { balanceLimit } from '../../contract/money.js';
import { wallet } from '../testing/wallet.js';
import type { WalletState } from '../wallet-state.js';
import { decideTransfer } from './transfer.js';

const funding = 'funding';

describe('a transfer', () => {
  const pay = (sender: WalletState, receiver: WalletState, amount: bigint, currency = 'EUR') =>
    decideTransfer(sender, receiver, { kind: 'PAYMENT', amount, currency, day: 1 });

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
