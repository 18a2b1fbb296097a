import { formatDecimal, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { movesMoney } from '@smart-wallet/engine/contract/transaction-kind.js';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import type pg from 'pg';

export interface RandomLedger {
  seed: number;
  walletIds: string[];
  /** In the order of their commits. */
  transactions: LedgerRow[];
  /** As a naive reader of the ledger adds them up. */
  entriesOf(walletId: string): RandomEntry[];
}

export interface LedgerRow {
  transaction_id: string;
  kind: 'PAYMENT' | 'DEPOSIT' | 'WITHDRAWAL' | 'REFUND' | 'HOLD' | 'VOID';
  status: 'SUCCESS' | 'FAILED';
  idempotency_key: string;
  sender_wallet_id: string;
  receiver_wallet_id: string;
  amount: string;
  sender_balance_after: string | null;
  sender_entry_no: number | null;
  receiver_balance_after: string | null;
  receiver_entry_no: number | null;
  failure_code: string | null;
  reference: string | null;
  description: string | null;
  parent_transaction_id: string | null;
  created_at: string;
}

export interface RandomEntry {
  entryNo: number;
  transactionId: string;
  entryType: 'DEBIT' | 'CREDIT';
  amount: bigint;
  balanceAfter: bigint;
  atMs: number;
}

/** Whose keys they are. */
export const randomCaller = 'filler';
/** Ids run with time only roughly. */
const idJitterMs = 2_000;
const kinds = ['PAYMENT', 'PAYMENT', 'PAYMENT', 'DEPOSIT', 'WITHDRAWAL', 'REFUND', 'HOLD', 'VOID'] as const;
const codes = ['INSUFFICIENT_FUNDS', 'WALLET_NOT_ACTIVE'] as const;

/**
 * Fills an empty ledger in EUR with transactions as the engine would write them, over `days` days until now, by default since the end of
 * last month: several at one time, some refused, some with a reference or a parent. Some texts look like formulas. Needs the tables' owner.
 */
export async function writeRandomLedger(
  owner: pg.Pool,
  {
    count,
    wallets,
    days = new Date().getUTCDate() + 5,
    seed = Date.now() % 1_000_000,
  }: { count: number; wallets: number; days?: number; seed?: number },
): Promise<RandomLedger> {
  console.info(`random ledger with seed ${seed}`);
  const random = seededRandom(seed);
  const upTo = (max: number) => Math.floor(random() * max);
  const walletIds = Array.from({ length: wallets }, () => uuidOf(upTo(2 ** 48), random));
  const state = new Map(walletIds.map((id) => [id, { balance: 0n, entryNo: 0 }]));
  const transactions: LedgerRow[] = [];
  const lastMs = Date.now() - 60_000;
  let atMs = lastMs - days * 86_400_000;
  const stepMs = (lastMs - atMs) / count;
  for (let i = 0; i < count; i++) {
    // A third is committed together with the one before.
    if (random() > 0.33) atMs += Math.ceil(stepMs * (0.5 + random()));
    const sender = walletIds[upTo(wallets)] as string;
    let receiver = sender;
    while (receiver === sender) receiver = walletIds[upTo(wallets)] as string;
    const failed = random() < 0.15;
    const kind = kinds[upTo(kinds.length)] as LedgerRow['kind'];
    const posted = !failed && movesMoney[kind];
    const amount = BigInt(1 + upTo(1_000_000)) * 100n;
    const [from, to] = [state.get(sender), state.get(receiver)] as [
      { balance: bigint; entryNo: number },
      { balance: bigint; entryNo: number },
    ];
    if (posted) {
      from.balance -= amount;
      to.balance += amount;
      from.entryNo += 1;
      to.entryNo += 1;
    }
    const parent = random() < 0.05 ? (transactions[upTo(transactions.length)]?.transaction_id ?? null) : null;
    transactions.push({
      transaction_id: uuidOf(atMs + upTo(2 * idJitterMs) - idJitterMs, random),
      kind,
      status: failed ? 'FAILED' : 'SUCCESS',
      idempotency_key: `key-${i}`,
      sender_wallet_id: sender,
      receiver_wallet_id: receiver,
      amount: formatDecimal(amount),
      sender_balance_after: posted ? formatDecimal(from.balance) : null,
      sender_entry_no: posted ? from.entryNo : null,
      receiver_balance_after: posted ? formatDecimal(to.balance) : null,
      receiver_entry_no: posted ? to.entryNo : null,
      failure_code: failed ? (codes[upTo(codes.length)] as string) : null,
      reference: random() < 0.3 ? `invoice ${upTo(50)}` : random() < 0.1 ? '=1+1' : null,
      description: random() < 0.1 ? 'two "lines",\nor more' : null,
      parent_transaction_id: parent,
      created_at: new Date(atMs).toISOString(),
    });
  }
  await owner.query(
    `INSERT INTO wallets (wallet_id, currency, status, floor, balance, entry_no, kind, partition)
     SELECT id, 'EUR', 'ACTIVE', NULL, balance, entry_no, 'FUNDING', row_number() OVER () FROM unnest($1::uuid[], $2::numeric[], $3::bigint[]) AS w (id, balance, entry_no)`,
    [
      walletIds,
      walletIds.map((id) => formatDecimal(state.get(id)?.balance ?? 0n)),
      walletIds.map((id) => state.get(id)?.entryNo),
    ],
  );
  await owner.query(insertRows, [JSON.stringify(transactions)]);
  await owner.query(
    `INSERT INTO idempotency_keys (key_digest, outcome_id) SELECT key_digest_of('${randomCaller}', key), id FROM unnest($1::text[], $2::uuid[]) AS k (key, id)`,
    [transactions.map((row) => row.idempotency_key), transactions.map((row) => row.transaction_id)],
  );
  return { seed, walletIds, transactions, entriesOf: (walletId) => entriesOf(walletId, transactions) };
}

const insertRows = `
  INSERT INTO transactions (transaction_id, kind, status, caller, idempotency_key, request_hash, sender_wallet_id, receiver_wallet_id,
    amount, currency, sender_balance_after, sender_entry_no, receiver_balance_after, receiver_entry_no, failure_code, failure_reason,
    reference, description, parent_transaction_id, partition, worker_id, batch_seq, initiated_at, processing_at, created_at)
  SELECT transaction_id, kind, status, '${randomCaller}', idempotency_key, md5(idempotency_key)::uuid, sender_wallet_id, receiver_wallet_id,
         amount, 'EUR', sender_balance_after, sender_entry_no, receiver_balance_after, receiver_entry_no, failure_code, failure_code,
         reference, description, parent_transaction_id, 7, '00000000-0000-7000-8000-000000000000', 1, created_at, created_at, created_at
    FROM jsonb_to_recordset($1) AS row (transaction_id uuid, kind transaction_kind, status transaction_status, idempotency_key text,
      sender_wallet_id uuid, receiver_wallet_id uuid, amount numeric, sender_balance_after numeric, sender_entry_no bigint,
      receiver_balance_after numeric, receiver_entry_no bigint, failure_code text, reference text, description text,
      parent_transaction_id uuid, created_at timestamptz)`;

function entriesOf(walletId: string, transactions: readonly LedgerRow[]): RandomEntry[] {
  let balance = 0n;
  let entryNo = 0;
  const entries: RandomEntry[] = [];
  for (const row of transactions) {
    const isDebit = row.sender_wallet_id === walletId;
    if (row.sender_entry_no === null || (!isDebit && row.receiver_wallet_id !== walletId)) continue;
    const amount = parseDecimal(row.amount);
    balance += isDebit ? -amount : amount;
    entries.push({
      entryNo: ++entryNo,
      transactionId: row.transaction_id,
      entryType: isDebit ? 'DEBIT' : 'CREDIT',
      amount,
      balanceAfter: balance,
      atMs: Date.parse(row.created_at),
    });
  }
  return entries;
}

function uuidOf(atMs: number, random: () => number): string {
  const time = Math.floor(atMs).toString(16).padStart(12, '0');
  const rest = Array.from({ length: 18 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6)}`;
}
