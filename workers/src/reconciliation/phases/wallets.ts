import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { checkBalance } from '../checks/balance.js';
import { checkBalanceChain } from '../checks/balance-chain.js';
import { checkCounters } from '../checks/counters.js';
import { checkCurrencySums } from '../checks/currency-sum.js';
import { checkEntryNumbers, checkLastEntry } from '../checks/entry-numbers.js';
import { checkHeld } from '../checks/held.js';
import { missingWallet } from '../checks/missing-wallet.js';
import type { Break } from '../finding.js';
import { type Chunk, lowestId, type Phase, type Surroundings } from '../phase.js';
import { archivedUntil, type Plan } from '../plan.js';
import { readStretches } from '../reads/entry-stretches.js';
import { readLastEntries } from '../reads/last-entries.js';
import { readTouchedWallets, readWallets, type WalletRow } from '../reads/wallet-rows.js';
import { addStretch, nextStretches, openSum, type WalletSum } from '../wallet-sum.js';

/** Wallets whose entries are gone through at once. */
const openMax = 100;

interface State {
  /** Wallets up to here were read; null: all were. */
  after: string | null;
  /** Whose entries are not all gone through. */
  open: WalletSum[];
  /** Balances as of the cut, by currency: full runs only. */
  sums: Record<string, string>;
}

/**
 * Wallets against their entries. A wallet's row is read first, then its entries up to the number that the row says: whatever was
 * committed with a number up to that is there by then, and what is committed meanwhile has higher ones. So nothing has to be of one
 * moment, and no snapshot is held.
 */
export function walletsPhase(): Phase {
  return {
    name: 'wallets',
    begin: (): State => ({ after: lowestId, open: [], sums: {} }),
    chunk: (state: State, surroundings) =>
      state.open.length === 0 ? openWallets(state, surroundings) : goThroughEntries(state, surroundings),
  };
}

async function openWallets(state: State, { client, plan, runNo, size }: Surroundings): Promise<Chunk> {
  if (state.after === null) {
    return { next: null, breaks: plan.mode === 'full' ? checkCurrencySums(state.sums) : [] };
  }
  const most = Math.max(10, Math.min(openMax, Math.floor(size / 10)));
  const rows =
    plan.mode === 'full'
      ? await readWallets(client, state.after, most)
      : await readTouchedWallets(client, { runNo, after: state.after, most });
  const missing = rows.filter(({ currency }) => currency === null).map(({ walletId }) => walletId);
  const last = missing.length === 0 ? new Map() : await readLastEntries(client, missing);
  const sums = rows.filter(({ currency }) => currency !== null).map(openSum);
  const after = rows.length < most ? null : (rows.at(-1) as WalletRow).walletId;
  return settle(
    { ...state, after, open: [] },
    sums,
    [...missing.map((id) => missingWallet(id, last.get(id))), ...sums.flatMap(({ row }) => checkHeld(row))],
    plan,
  );
}

/** One stretch of each, small ones at once, a large wallet by itself. */
async function goThroughEntries(state: State, { client, plan, size }: Surroundings): Promise<Chunk> {
  const someArchived = plan.archivedBelow !== null;
  const asked = nextStretches(state.open, size, openMax);
  const taken = state.open.slice(0, asked.length);
  const stretches = await readStretches(client, asked, plan.cut, archivedUntil(plan));
  const breaks: Break[] = [];
  let more = 0;
  const sums = taken.map((sum, i) => {
    const [one, stretch] = [asked[i], stretches[i]];
    if (!one || !stretch) throw new Error('a stretch of entries was not answered');
    breaks.push(...checkEntryNumbers(one, stretch, someArchived));
    breaks.push(...checkBalanceChain(one, stretch, sum.row.currency as string));
    more += Number(stretch.brokenCount) - (stretch.broken?.length ?? 0);
    return addStretch(sum, one, stretch, someArchived);
  });
  return { ...settle({ ...state, open: state.open.slice(taken.length) }, sums, breaks, plan), more };
}

/** Those of which no more has to be read are judged, the others stay open. */
function settle(state: State, sums: readonly WalletSum[], breaks: Break[], plan: Plan): Chunk {
  const over = sums.filter(({ toNo }) => toNo === null);
  const totals = { ...state.sums };
  for (const sum of over) {
    const { currency, balance, day } = sum.row;
    // Of a wallet whose entries were all taken out, nothing is left that its row could be held against.
    if (plan.archivedBelow === null || sum.isSeen) breaks.push(...checkLastEntry(sum.row), ...checkBalance(sum));
    if (!isArchivedDay(day, plan)) breaks.push(...checkCounters(sum));
    if (currency === null || plan.mode !== 'full') continue;
    totals[currency] = (BigInt(totals[currency] ?? 0) + parseDecimal(balance) - BigInt(sum.beyond)).toString();
  }
  const open = [...sums.filter(({ toNo }) => toNo !== null), ...state.open];
  return { next: { after: state.after, open, sums: totals } satisfies State, breaks, wallets: over.length };
}

/** Some of what its counters count may have been taken out of the ledger. */
function isArchivedDay(day: number, plan: Plan): boolean {
  const until = archivedUntil(plan);
  return until !== null && day * 86_400_000 < until.getTime();
}
