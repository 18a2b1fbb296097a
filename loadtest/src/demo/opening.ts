import { setTimeout as sleep } from 'node:timers/promises';
import { log } from './json-log.js';
import { deposit, settle } from './movement.js';
import type { Purse } from './purses.js';
import type { Verdict, WalletApi } from './wallet-api.js';

const openTogether = 8;
const retryEveryMs = 500;

/** Makes the wallets with their first money, or finds them as an earlier run left them. Goes on until it has. */
export async function openWallets(api: WalletApi, purses: readonly Purse[]): Promise<void> {
  const waiting = [...purses];
  const open = async () => {
    for (let purse = waiting.shift(); purse; purse = waiting.shift()) await openWallet(api, purse);
  };
  await Promise.all(Array.from({ length: openTogether }, open));
}

async function openWallet(api: WalletApi, purse: Purse): Promise<void> {
  const { member } = purse;
  await insist(`creating the wallet of ${member.name}`, () => api.createWallet(member));
  const amount = purse.level(0);
  // The same key at every start: it is paid in once. Another amount would be another payment.
  const first = deposit(purse, amount, 'opening balance', `demo-opening-${member.walletId}-${amount}`);
  await insist(`the first deposit of ${member.name}`, () => api.move(first, {}));
  settle(first, 'SUCCESS');
  if (member.limits) {
    const verdict = await once(() => api.setLimits(member));
    // It goes on without: its payments are the same, but for those that a limit would refuse.
    if (verdict.kind === 'FAULT') log('warn', `${member.name} has no limits: ${verdict.detail}`);
  }
  while (!(await readState(api, purse))) await sleep(retryEveryMs);
}

/** False when it cannot be read now. Only sound while nothing of this purse is under way. */
export async function readState(api: WalletApi, purse: Purse): Promise<boolean> {
  const state = await api.state(purse.member);
  if (state === null) return false;
  purse.balance = state.balance;
  purse.heldElsewhere = state.held > purse.held ? state.held - purse.held : 0n;
  purse.limit(state.limits, state.leftToday);
  purse.doubtful = false;
  return true;
}

async function insist(what: string, ask: () => Promise<Verdict>): Promise<void> {
  const verdict = await once(ask);
  // A wallet that somebody suspended or closed is left as it is: its payments are refused, and that is shown.
  if (verdict.kind === 'FAULT') throw new Error(`${what} failed: ${verdict.detail}`);
}

/** Asks until the answer is clear. */
async function once(ask: () => Promise<Verdict>): Promise<Exclude<Verdict, { kind: 'UNKNOWN' }>> {
  for (;;) {
    const verdict = await ask();
    if (verdict.kind !== 'UNKNOWN') return verdict;
    await sleep(retryEveryMs);
  }
}
