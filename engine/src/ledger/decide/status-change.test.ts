import { describe, expect, test } from 'vitest';
import { walletStatuses } from '../../contract/wallet.js';
import { wallet } from '../testing/wallet.js';
import { decideStatusChange } from './status-change.js';

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
