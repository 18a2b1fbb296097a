import { movesMoney, transactionKinds } from '@smart-wallet/engine/contract/transaction-kind.js';
import type pg from 'pg';
import { approvalFindings } from './approval-findings.js';
import { isWatched, watchedWallets } from './bound-findings.js';
import { changeFindings } from './change-findings.js';
import { creationFindings } from './creation-findings.js';
import { eventFindings } from './event-findings.js';
import { keyFindings } from './key-findings.js';
import { moneyChecks } from './money-checks.js';
import { type CheckName, type Findings, findingsKeptMax } from './report.js';

/** Checks that Postgres can make by itself, each in one statement over whole tables. */
export interface TableCheck {
  progress: string;
  /** One row: the rows looked at for each check, in a column named after it. */
  looked: string;
  /** A row for each finding: `check` and the sentence in `finding`. */
  findings: string;
}

export async function runTableCheck(client: pg.Client, check: TableCheck, findings: Findings): Promise<void> {
  const looked = await client.query(check.looked);
  for (const [name, rows] of Object.entries(looked.rows[0])) findings.looked(name as CheckName, Number(rows));
  const found = await client.query(
    `SELECT * FROM (
       SELECT f."check", f.finding, count(*) OVER (PARTITION BY f."check") AS total, row_number() OVER (PARTITION BY f."check") AS ix
         FROM (${check.findings}) f
     ) numbered WHERE ix <= ${findingsKeptMax} ORDER BY "check", ix`,
  );
  for (const row of found.rows) {
    findings.found(row.check, row.finding);
    if (Number(row.ix) === findingsKeptMax) findings.foundMore(row.check, Number(row.total) - findingsKeptMax);
  }
}

/** Both legs of every pair, one row an entry; `signed` is what the entry adds to its wallet. */
const entries = `
  SELECT sender_wallet_id AS wallet_id, sender_entry_no AS entry_no, -amount AS signed,
         sender_balance_after AS balance_after, transaction_id, created_at
    FROM transactions WHERE sender_entry_no IS NOT NULL
  UNION ALL
  SELECT receiver_wallet_id, receiver_entry_no, amount, receiver_balance_after, transaction_id, created_at
    FROM transactions WHERE receiver_entry_no IS NOT NULL`;

/** As a list for SQL. */
function kindsThat(moveMoney: boolean): string {
  return transactionKinds
    .filter((kind) => movesMoney[kind] === moveMoney)
    .map((kind) => `'${kind}'`)
    .join(', ');
}

export const tableChecks: readonly TableCheck[] = [
  {
    progress: 'totals per currency',
    looked: `SELECT count(*) AS "currency-totals" FROM wallets`,
    findings: `
      SELECT 'currency-totals' AS "check", format('balances in %s add up to %s', currency, sum(balance)) AS finding
        FROM wallets GROUP BY currency HAVING sum(balance) <> 0`,
  },
  {
    progress: 'wallets against their entries',
    looked: `SELECT count(*) AS "wallet-balances", count(*) AS floors FROM wallets`,
    findings: `
      SELECT 'wallet-balances' AS "check",
             CASE WHEN w.wallet_id IS NULL THEN format('wallet %s has %s entries and no row', e.wallet_id, e.entries)
                  ELSE format('wallet %s has balance %s and entry number %s; its %s entries add up to %s', w.wallet_id,
                              w.balance, w.entry_no, coalesce(e.entries, 0), coalesce(e.total, 0)) END AS finding
        FROM wallets w
        FULL JOIN (SELECT wallet_id, count(*) AS entries, sum(signed) AS total FROM (${entries}) s GROUP BY wallet_id) e
             USING (wallet_id)
       WHERE w.wallet_id IS NULL OR w.balance <> coalesce(e.total, 0) OR w.entry_no <> coalesce(e.entries, 0)
      UNION ALL
      SELECT 'floors', format('wallet %s is %s with balance %s, held %s, floor %s', wallet_id, status, balance, held, floor)
        FROM wallets
       WHERE balance - held < floor OR held < 0 OR (status = 'CLOSED' AND (balance <> 0 OR held <> 0))
          OR (floor IS NULL) <> (kind = 'FUNDING')`,
  },
  {
    progress: 'entries in order',
    looked: `
      SELECT n AS "entry-numbers", n AS "balance-chain", n AS "entry-times", n AS floors
        FROM (SELECT count(sender_entry_no) + count(receiver_entry_no) AS n FROM transactions) counted`,
    // A wallet whose floor changed, or that holds, is looked at step by step (bound-findings.ts).
    findings: `
      WITH ${watchedWallets}
      SELECT broken."check",
             format('wallet %s, entry %s (transaction %s): %s', e.wallet_id, e.entry_no, e.transaction_id, broken.what) AS finding
        FROM (SELECT s.*, lag(entry_no, 1, 0::bigint) OVER ordered AS entry_no_before,
                     lag(balance_after, 1, 0::numeric) OVER ordered AS balance_before,
                     lag(created_at) OVER ordered AS created_before
                FROM (${entries}) s
              WINDOW ordered AS (PARTITION BY wallet_id ORDER BY entry_no, transaction_id)) e
        LEFT JOIN (SELECT wallet_id, CASE WHEN NOT ${isWatched('wallet_id')} THEN floor END AS floor FROM wallets) w USING (wallet_id)
       CROSS JOIN LATERAL (VALUES
         ('entry-numbers', e.entry_no <> e.entry_no_before + 1, format('the one before is %s', e.entry_no_before)),
         ('balance-chain', e.balance_after <> e.balance_before + e.signed,
          format('%s %s is not %s', e.balance_before, e.signed, e.balance_after)),
         ('entry-times', e.created_at < e.created_before, format('%s is before %s', e.created_at, e.created_before)),
         ('floors', e.balance_after < w.floor, format('%s is below %s', e.balance_after, w.floor))
       ) AS broken ("check", holds, what)
       WHERE (e.entry_no <> e.entry_no_before + 1 OR e.balance_after <> e.balance_before + e.signed
              OR e.created_at < e.created_before OR e.balance_after < w.floor)
         AND broken.holds`,
  },
  {
    progress: 'idempotency keys',
    looked: `SELECT (SELECT count(*) FROM idempotency_keys) + (SELECT count(*) FROM transactions)
                    + (SELECT count(*) FROM atomic_batches) AS keys`,
    findings: keyFindings,
  },
  {
    progress: 'approvals',
    looked: 'SELECT count(*) AS approvals FROM approvals',
    findings: approvalFindings,
  },
  {
    progress: 'changes of status and limits',
    looked: `SELECT coalesce(sum(jsonb_array_length(changes)), 0) AS "status-changes" FROM ledger_batches`,
    findings: changeFindings,
  },
  {
    progress: 'event numbers',
    looked: `SELECT coalesce(sum(cardinality(event_partitions)), 0) AS "event-sequences" FROM ledger_batches`,
    findings: eventFindings,
  },
  {
    progress: 'wallet creations',
    looked: `SELECT count(*) AS "wallet-creations" FROM wallet_creations`,
    findings: creationFindings,
  },
  {
    progress: 'failures',
    looked: `
      SELECT (SELECT count(*) FROM transactions WHERE status = 'FAILED') + (SELECT count(*) FROM transaction_failures) AS failures`,
    findings: `
      SELECT 'failures' AS "check", format('transaction %s is neither SUCCESS nor FAILED: %s', transaction_id, status) AS finding
        FROM transactions WHERE status NOT IN ('SUCCESS', 'FAILED')
      UNION ALL
      SELECT 'failures', format('transaction %s FAILED and has entries or no code', transaction_id)
        FROM transactions
       WHERE status = 'FAILED' AND (failure_code IS NULL OR num_nonnulls(sender_entry_no, receiver_entry_no, sender_balance_after, receiver_balance_after) > 0)
      UNION ALL
      SELECT 'failures', format('transaction %s succeeded and has a failure code or lacks an entry', transaction_id)
        FROM transactions
       WHERE status = 'SUCCESS' AND (failure_code IS NOT NULL
          OR num_nonnulls(sender_entry_no, receiver_entry_no, sender_balance_after, receiver_balance_after)
             <> CASE WHEN kind::text IN (${kindsThat(true)}) THEN 4 WHEN kind::text IN (${kindsThat(false)}) THEN 0 END)
      UNION ALL
      SELECT 'failures', format('transaction %s FAILED with %s and has %s failure rows, of them %s with that code',
                                t.transaction_id, t.failure_code, count(f.transaction_id),
                                count(*) FILTER (WHERE f.failure_code = t.failure_code))
        FROM transactions t LEFT JOIN transaction_failures f USING (transaction_id)
       WHERE t.status = 'FAILED'
       GROUP BY t.transaction_id, t.failure_code
      HAVING count(f.transaction_id) <> 1 OR count(*) FILTER (WHERE f.failure_code = t.failure_code) <> 1
      UNION ALL
      SELECT 'failures', format('failure row %s is of no FAILED transaction: %s', f.failure_id, f.transaction_id)
        FROM transaction_failures f
       WHERE NOT EXISTS (SELECT FROM transactions t WHERE t.transaction_id = f.transaction_id AND t.status = 'FAILED')`,
  },
  {
    progress: 'kinds',
    looked: `SELECT count(*) AS kinds FROM transactions`,
    findings: `
      SELECT 'kinds' AS "check", format('transaction %s is of the unknown kind %s', transaction_id, kind) AS finding
        FROM transactions WHERE kind::text NOT IN (${kindsThat(true)}, ${kindsThat(false)})`,
  },
  {
    progress: 'wallets of pairs',
    looked: `SELECT count(*) AS pairs FROM transactions`,
    findings: `
      SELECT 'pairs' AS "check", format('transaction %s moves %s %s from wallet %s (%s) to wallet %s (%s)', t.transaction_id, t.amount,
               t.currency, t.sender_wallet_id, s.currency, t.receiver_wallet_id, r.currency) AS finding
        FROM transactions t
        LEFT JOIN wallets s ON s.wallet_id = t.sender_wallet_id
        LEFT JOIN wallets r ON r.wallet_id = t.receiver_wallet_id
       WHERE t.amount <= 0 OR t.sender_wallet_id = t.receiver_wallet_id
          OR (t.status = 'SUCCESS' AND (t.currency IS DISTINCT FROM s.currency OR t.currency IS DISTINCT FROM r.currency))`,
  },
  {
    progress: 'ownership of partitions',
    looked: `SELECT (SELECT count(*) FROM partition_takeovers) + (SELECT count(*) FROM transactions) AS ownership`,
    findings: `
      SELECT 'ownership' AS "check", format('partition %s: epoch %s follows %s', partition_id, epoch, epoch_before) AS finding
        FROM (SELECT partition_id, epoch, lag(epoch, 1, 0::bigint) OVER (PARTITION BY partition_id ORDER BY epoch) AS epoch_before
                FROM partition_takeovers) t
       WHERE epoch <> epoch_before + 1
      UNION ALL
      SELECT 'ownership', format('partition %s: epoch %s is said to be taken from %s, the one before is of %s',
                                 partition_id, epoch, from_worker_id, worker_before)
        FROM (SELECT *, lag(worker_id) OVER (PARTITION BY partition_id ORDER BY epoch) AS worker_before
                FROM partition_takeovers) t
       WHERE from_worker_id IS DISTINCT FROM worker_before
      UNION ALL
      SELECT 'ownership', format('partition %s is at epoch %s of %s, its last takeover at %s of %s',
                                 p.id, p.epoch, p.worker_id, t.epoch, t.worker_id)
        FROM partitions p
        LEFT JOIN (SELECT DISTINCT ON (partition_id) * FROM partition_takeovers ORDER BY partition_id, epoch DESC) t
               ON t.partition_id = p.id
       WHERE p.epoch <> coalesce(t.epoch, 0) OR p.worker_id IS DISTINCT FROM t.worker_id
      UNION ALL
      -- An engine's batch stands for a partition when the engine held it then: from a takeover of its own until the next
      -- one, which noted how far it had come.
      SELECT 'ownership', format('batch %s of engine %s has transactions or changes of partition %s, which it did not hold',
                                 b.batch_seq, b.worker_id, b.partition)
        FROM (SELECT partition, worker_id, batch_seq, min(created_at) AS created_at
                FROM transactions GROUP BY partition, worker_id, batch_seq
              UNION ALL
              SELECT (change->>'partition')::smallint, worker_id, batch_seq, created_at
                FROM ledger_batches, jsonb_array_elements(changes) AS change) b
       WHERE NOT EXISTS (
         SELECT FROM (SELECT *, lead(from_batch_seq) OVER later AS to_batch_seq, lead(epoch) OVER later AS next_epoch
                        FROM partition_takeovers WINDOW later AS (PARTITION BY partition_id ORDER BY epoch)) held
          WHERE held.partition_id = b.partition AND held.worker_id = b.worker_id AND held.taken_at <= b.created_at
            AND (held.next_epoch IS NULL OR b.batch_seq <= held.to_batch_seq))`,
  },
  ...moneyChecks,
];
