import { any } from '../mixed-reads.js';

export const readNames = ['walletList', 'deepPages', 'sparse', 'statement'] as const;
export type ReadName = (typeof readNames)[number];

export const readTexts: Record<ReadName, string> = {
  walletList: "any wallet's transactions, the first page",
  deepPages: 'ten pages of the busy wallet, from any time on',
  sparse: 'five pages of lists that hardly anything matches',
  statement: 'statements of a twentieth of all time; every tenth of the busy wallet, of a two-thousandth',
};

/** What the lists are of. */
export interface ReadLedger {
  wallets: readonly string[];
  busyWallet: string;
  firstMs: number;
  lastMs: number;
}

/** One list, and how many of its pages are read at most. */
export interface ListRead {
  path: string;
  pagesMax: number;
}

const statementPart = 20;
const busyShare = 0.1;
/** A few thousand of its entries at most. */
const busyStatementPart = 2_000;
const pagesOfStatementMax = 20;

export function readSource(name: ReadName, ledger: ReadLedger): () => ListRead {
  const { wallets, busyWallet, firstMs, lastMs } = ledger;
  const spanMs = lastMs - firstMs;
  const instant = (ms: number) => new Date(ms).toISOString();
  const anyMs = (from: number, to: number) => from + Math.floor(Math.random() * (to - from));
  const list = (filters: Record<string, string>) => `/api/transactions?${new URLSearchParams(filters)}`;
  let turn = 0;
  const sparse = [{ kind: 'HOLD' }, { status: 'FAILED' }, { currency: 'USD' }, { walletId: busyWallet, kind: 'HOLD' }];
  switch (name) {
    case 'walletList':
      return () => ({ path: list({ walletId: any(wallets) as string }), pagesMax: 1 });
    case 'deepPages':
      return () => ({ path: list({ walletId: busyWallet, to: instant(anyMs(firstMs, lastMs)) }), pagesMax: 10 });
    case 'sparse':
      return () => ({ path: list(sparse[turn++ % sparse.length] as Record<string, string>), pagesMax: 5 });
    case 'statement':
      return () => {
        const isBusy = Math.random() < busyShare;
        const rangeMs = spanMs / (isBusy ? busyStatementPart : statementPart);
        const from = anyMs(firstMs, lastMs - rangeMs);
        const range = new URLSearchParams({ from: instant(from), to: instant(from + rangeMs) });
        return {
          path: `/api/wallets/${isBusy ? busyWallet : any(wallets)}/statement?${range}`,
          pagesMax: pagesOfStatementMax,
        };
      };
  }
}
