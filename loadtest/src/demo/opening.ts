import { setTimeout as sleep } from 'node:timers/promises';
import type { Movement } from './movement.js';
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
  const first: Movement = {
    ...{ kind: 'DEPOSIT', key: `demo-opening-${member.walletId}-${amount}`, sender: null, receiver: purse, amount },
    ...{ currency: member.currency, reference: 'opening balance', meantToFail: false },
  };
  await insist(`the first deposit of ${member.name}`, () => api.move(first));
  while (!(await readBalance(api, purse))) await sleep(retryEveryMs);
}

/** False when it cannot be read now. Only sound while nothing of this purse is under way. */
export async function readBalance(api: WalletApi, purse: Purse): Promise<boolean> {
  const balance = await api.balance(purse.member);
  if (balance === null) return false;
  purse.balance = balance;
  purse.doubtful = false;
  return true;
}

async function insist(what: string, ask: () => Promise<Verdict>): Promise<void> {
  for (;;) {
    const verdict = await ask();
    if (verdict.kind === 'SUCCESS') return;
    // A wallet that somebody suspended or closed is left as it is: its payments are refused, and that is shown.
    if (verdict.kind === 'REFUSED') return;
    if (verdict.kind === 'FAULT') throw new Error(`${what} failed: ${verdict.detail}`);
    await sleep(Math.max(retryEveryMs, verdict.afterMs));
  }
}
