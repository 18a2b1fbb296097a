import type pg from 'pg';
import { checkBatchDigest } from './checks/batch-digest.js';
import { checkBatchFigures } from './checks/batch-figures.js';
import { type ChainEnd, checkHashChain } from './checks/hash-chain.js';
import { checkHold } from './checks/held.js';
import { checkMerkleRoot } from './checks/merkle-root.js';
import { checkListed } from './checks/missing-transaction.js';
import { missingWallet } from './checks/missing-wallet.js';
import { checkPair } from './checks/pair.js';
import { checkRefunds } from './checks/refunds.js';
import type { Break } from './finding.js';
import type { BatchRow } from './reads/batch-rows.js';
import { readHoldSums } from './reads/hold-sums.js';
import { readLastEntries } from './reads/last-entries.js';
import { readRefundSums } from './reads/refund-sums.js';
import { readAtomicKeys, readTransactions, type TransactionRow } from './reads/transaction-rows.js';
import type { WalletCurrencies } from './wallet-currencies.js';

export interface CheckedBatches {
  readonly end: ChainEnd;
  readonly breaks: Break[];
  /** Wallets of theirs, with the lowest entry number among them. */
  readonly touched: Map<string, bigint>;
  readonly transactions: number;
}

/** What batches of one engine that follow each other say of themselves and of their transactions, and what those say of others. */
export async function checkBatches(
  { client, currencies, archivedBelow }: BatchReader,
  batches: readonly BatchRow[],
  from: ChainEnd,
): Promise<CheckedBatches> {
  const byId = await readTransactions(
    client,
    batches.flatMap(({ transactionIds }) => transactionIds),
  );
  const all = [...byId.values()];
  const keys = await readAtomicKeys(client, all);
  const isArchived = (id: string) => archivedBelow !== null && id < archivedBelow;
  const breaks: Break[] = [];
  let end = from;
  for (const batch of batches) {
    const listed = checkListed(batch, byId, isArchived);
    breaks.push(...listed.breaks);
    let recomputed = null;
    if (listed.transactions) {
      const { root, breaks: ofRoot } = checkMerkleRoot(batch, listed.transactions, keys);
      const { digest, breaks: ofDigest } = checkBatchDigest(batch, listed.transactions);
      breaks.push(...checkBatchFigures(batch, listed.transactions), ...ofRoot, ...ofDigest);
      recomputed = { root, digest };
    }
    const chained = checkHashChain(end, batch, recomputed);
    breaks.push(...chained.breaks);
    end = chained.end;
  }
  breaks.push(...(await checkWallets({ client, currencies }, all)), ...(await checkParents(client, all, isArchived)));
  return { end, breaks, touched: touchedBy(all), transactions: all.length };
}

export interface BatchReader {
  readonly client: pg.ClientBase;
  readonly currencies: WalletCurrencies;
  readonly archivedBelow: string | null;
}

async function checkWallets(
  { client, currencies }: Pick<BatchReader, 'client' | 'currencies'>,
  transactions: readonly TransactionRow[],
): Promise<Break[]> {
  const succeeded = transactions.filter(({ status }) => status === 'SUCCESS');
  const ids = new Set(succeeded.flatMap(({ senderWalletId, receiverWalletId }) => [senderWalletId, receiverWalletId]));
  const found = await currencies.find(client, ids);
  const missing = [...ids].filter((id) => !found.has(id));
  const last = missing.length === 0 ? new Map() : await readLastEntries(client, missing);
  return [
    ...missing.map((id) => missingWallet(id, last.get(id))),
    ...transactions.flatMap((transaction) => checkPair(transaction, (id) => found.get(id))),
  ];
}

/** Holds and originals that they took from or paid back. What was taken out of the ledger with its month cannot be held against them. */
async function checkParents(
  client: pg.ClientBase,
  transactions: readonly TransactionRow[],
  isArchived: (transactionId: string) => boolean,
): Promise<Break[]> {
  const holds = new Set<string>();
  const originals = new Set<string>();
  for (const { kind, status, transactionId, parentId } of transactions) {
    if (status !== 'SUCCESS') continue;
    if (kind === 'HOLD') holds.add(transactionId);
    if (parentId === null) continue;
    if (isArchived(parentId)) continue;
    if (kind === 'CAPTURE' || kind === 'VOID' || kind === 'EXPIRY') holds.add(parentId);
    if (kind === 'REFUND' || kind === 'REVERSAL') originals.add(parentId);
  }
  const ofHolds = holds.size === 0 ? [] : await readHoldSums(client, [...holds]);
  const ofOriginals = originals.size === 0 ? [] : await readRefundSums(client, [...originals]);
  return [...ofHolds.flatMap(checkHold), ...ofOriginals.flatMap(checkRefunds)];
}

function touchedBy(transactions: readonly TransactionRow[]): Map<string, bigint> {
  const touched = new Map<string, bigint>();
  const touch = (walletId: string, entryNo: string | null) => {
    const no = entryNo === null ? null : BigInt(entryNo);
    const known = touched.get(walletId);
    if (known === undefined || (no !== null && no < known)) touched.set(walletId, no ?? known ?? highestNo);
  };
  for (const t of transactions) {
    if (t.status !== 'SUCCESS') continue;
    touch(t.senderWalletId, t.senderEntryNo);
    if (t.receiverEntryNo !== null) touch(t.receiverWalletId, t.receiverEntryNo);
  }
  return touched;
}

/** Of a wallet that only held: its newest entry is looked at, and no other. */
const highestNo = 2n ** 62n;
