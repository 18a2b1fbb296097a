import fc from 'fast-check';
import { type WalletStatus, walletStatuses } from '../../contract/wallet.js';
import type { NaiveLimits } from './naive-ledger.js';

/** What happens to a ledger next; indexes are taken modulo what there is. */
export type Step = { readonly afterMs: number } & (
  | {
      readonly do: 'transfer' | 'hold';
      readonly from: number;
      readonly to: number;
      readonly amount: number;
      readonly livesMs: number;
    }
  | { readonly do: 'capture'; readonly which: number; readonly amount: number | null; readonly final: boolean }
  | { readonly do: 'void' | 'expire' | 'reverse'; readonly which: number }
  | { readonly do: 'refund'; readonly which: number; readonly amount: number | null }
  | { readonly do: 'limits'; readonly of: number; readonly limits: NaiveLimits }
  | { readonly do: 'status'; readonly of: number; readonly status: WalletStatus }
);

const which = fc.nat({ max: 5 });
const cents = fc.integer({ min: 1, max: 60 });
const bound = fc.option(fc.integer({ min: 0, max: 120 }), { freq: 2 });
const afterMs = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 60_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 6 * 3_600_000 }) },
);
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('transfer' as const),
      afterMs,
      from: fc.nat(3),
      to: fc.nat(3),
      amount: cents,
      livesMs: fc.constant(0),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      afterMs,
      from: fc.nat(2),
      to: fc.nat(2),
      amount: cents,
      livesMs: fc.integer({ min: 1, max: 8 * 3_600_000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('capture' as const),
      afterMs,
      which,
      amount: fc.option(cents, { freq: 3 }),
      final: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('void' as const, 'expire' as const, 'expire' as const, 'reverse' as const),
      afterMs,
      which,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('refund' as const), afterMs, which, amount: fc.option(cents, { freq: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('limits' as const),
      afterMs,
      of: fc.nat(2),
      limits: fc.record({ credit: fc.constantFrom(0, 0, 50, 200), perPayment: bound, dailyOut: bound, dailyIn: bound }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('status' as const),
      afterMs,
      of: fc.nat(2),
      status: fc.constantFrom('ACTIVE' as const, 'ACTIVE' as const, ...walletStatuses),
    }),
  },
);
