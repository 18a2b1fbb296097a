import type { PendingCommand } from '../../actor/mailbox.js';
import type { LimitsChangeCommand } from '../../contract/commands.js';
import { limitsStale } from '../../ledger/decide/expectation.js';
import { decideLimits } from '../../ledger/decide/limits.js';
import type { WalletState } from '../../ledger/wallet-state.js';
import type { Limits } from './batch-plan.js';
import type { Draft } from './draft.js';

/** A wallet's new limits: no transaction, a line in the audit log, a name for its key. A refusal is recorded there, too. */
export function planLimitsChange(draft: Draft, pending: PendingCommand, command: LimitsChangeCommand): void {
  const { view, wallets, plan } = draft;
  const wallet = wallets.ownWallet(command.walletId, command);
  if (!wallet) return draft.missing(pending, command.walletId);
  draft.assertPartition(pending, wallet.walletId);
  const from = limitsOf(wallet);
  const stale = limitsStale(wallet.walletId, from, command.expectedLimits);
  if (stale) return draft.reject(pending, wallet.walletId, stale);
  const { caller, walletId, creditLimit, perPayment, dailyOut, dailyIn, traceId } = command;
  const limits = { perPayment: scaled(perPayment), dailyOut: scaled(dailyOut), dailyIn: scaled(dailyIn) };
  const decision = decideLimits(wallet, { creditLimit: BigInt(creditLimit), limits });
  if (draft.restsOnHearsay(decision)) return draft.defer(pending, decision.restsOn);
  // What they were is written down: that may not be hearsay, either.
  if (!view.fresh.has(walletId) && !plan.touched.has(walletId)) return draft.defer(pending, [walletId]);

  const changeId = view.mintId();
  const change = {
    ...{ changeId, partition: pending.partition, caller, walletId, from, reason: null },
    ...(traceId === undefined ? {} : { traceId }),
  };
  const place = plan.transactions.length;
  if (decision.type === 'REFUSED') {
    const { code, reason } = decision;
    plan.changes.push({ ...change, to: from, place, refused: { code, reason } });
    draft.commitLimits(pending, changeId, { refused: { code, reason } });
  } else {
    wallets.changeLimits(wallet, decision);
    plan.changes.push({ ...change, to: { creditLimit, perPayment, dailyOut, dailyIn }, place });
    draft.commitLimits(pending, changeId, { refused: null });
  }
}

function limitsOf({ floor, limits }: WalletState): Limits {
  return {
    creditLimit: (-(floor ?? 0n)).toString(),
    perPayment: limits.perPayment?.toString() ?? null,
    dailyOut: limits.dailyOut?.toString() ?? null,
    dailyIn: limits.dailyIn?.toString() ?? null,
  };
}

function scaled(digits: string | null): bigint | null {
  return digits === null ? null : BigInt(digits);
}
