import type pg from 'pg';
import { countingEngine } from './wallet-rows.js';

/** A stretch of a wallet's entries, by number, both ends inclusive. */
export interface StretchAsked {
  readonly walletId: string;
  readonly fromNo: bigint;
  readonly toNo: bigint;
  /** The UTC day that the wallet's counters are of. */
  readonly day: number;
}

/** What engines had committed when the run began: batch numbers by engine. */
export interface Cut {
  readonly seqs: Readonly<Record<string, string>>;
  /** The database's time then. */
  readonly at: string;
}

/** What the entries of a stretch add up to. Postgres goes through them: little comes over. */
export interface Stretch {
  readonly entries: string;
  readonly total: string;
  /** Of those that were committed after the cut. */
  readonly beyond: string;
  readonly dayOut: string;
  readonly dayIn: string;
  /** The last day on which an engine that counts committed one. */
  readonly lastDay: number | null;
  /** Is one of before the counters' day? Then so are all with lower numbers. */
  readonly reachesBefore: boolean;
  /** The balance before the first: that after the entry before it, if that is there. null: it is not. */
  readonly opening: string | null;
  /** The lowest number that is there; null: there is none. */
  readonly firstNo: string | null;
  /** Where `opening` is null: the balance before it, as it says itself. */
  readonly firstBefore: string | null;
  readonly lastNo: string | null;
  /** The first of those that do not follow the one before. */
  readonly broken: readonly BrokenEntry[] | null;
  /** All of them. */
  readonly brokenCount: string;
}

export interface BrokenEntry {
  readonly no: string;
  readonly transactionId: string;
  readonly noBefore: string | null;
  readonly after: string;
  readonly afterExpected: string | null;
  readonly at: string;
  readonly atBefore: string | null;
}

/** Of one stretch, in one run; the others are counted. */
export const brokenEntriesMax = 20;

/**
 * An entry is as it should be when it continues what the row before says, or what all rows before add up to: so one changed balance
 * is one broken entry.
 */
const text = `
  SELECT s.*
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::int[]) WITH ORDINALITY AS asked (wallet_id, from_no, to_no, day, ix),
    LATERAL (
      WITH entry AS (
        SELECT t.sender_entry_no AS no, -t.amount AS signed, t.sender_balance_after AS after, t.transaction_id, t.created_at, t.worker_id,
               t.batch_seq, CASE WHEN t.kind IN ('PAYMENT', 'WITHDRAWAL') THEN t.amount
                                 WHEN t.kind = 'CAPTURE' AND t.released <> 0 AND
                                      (SELECT h.made_day FROM holds h WHERE h.hold_id = t.parent_transaction_id) = asked.day
                                 THEN -t.released END AS counted_out, NULL::numeric AS counted_in
          FROM transactions t
         WHERE t.sender_wallet_id = asked.wallet_id AND t.sender_entry_no BETWEEN asked.from_no - 1 AND asked.to_no
           AND ($7::timestamptz IS NULL OR t.created_at >= $7)
        UNION ALL
        SELECT t.receiver_entry_no, t.amount, t.receiver_balance_after, t.transaction_id, t.created_at, t.worker_id, t.batch_seq, NULL,
               CASE WHEN t.kind IN ('PAYMENT', 'DEPOSIT', 'CAPTURE') THEN t.amount END
          FROM transactions t
         WHERE t.receiver_wallet_id = asked.wallet_id AND t.receiver_entry_no BETWEEN asked.from_no - 1 AND asked.to_no
           AND ($7::timestamptz IS NULL OR t.created_at >= $7)
      ), linked AS (
        SELECT *, lag(no) OVER ordered AS no_before, lag(after) OVER ordered AS after_before, lag(created_at) OVER ordered AS at_before,
               first_value(after - signed) OVER ordered AS base,
               first_value(after - signed) OVER ordered + sum(signed) OVER ordered AS run,
               CASE WHEN created_at >= (date 'epoch' + asked.day)::timestamp AT TIME ZONE 'UTC' AND ${countingEngine('entry.worker_id')}
                    THEN created_at::date - date 'epoch' END AS counting_day
          FROM entry WINDOW ordered AS (ORDER BY no, transaction_id ROWS UNBOUNDED PRECEDING)
      ), judged AS (
        SELECT *, no >= asked.from_no
                  AND (no <> coalesce(no_before, CASE WHEN no = asked.from_no THEN no - 1 ELSE asked.from_no - 1 END) + 1
                       OR (after <> coalesce(after_before, CASE WHEN no = 1 THEN 0 ELSE after - signed END) + signed AND after <> run)
                       OR (no = 1 AND after <> signed)
                       OR created_at < at_before) AS is_broken
          FROM linked
      )
      SELECT count(*) FILTER (WHERE no >= asked.from_no) AS entries, coalesce(sum(signed) FILTER (WHERE no >= asked.from_no), 0) AS total,
             coalesce(sum(signed) FILTER (WHERE no >= asked.from_no AND created_at >= $6::timestamptz - interval '1 minute'
               AND batch_seq > coalesce(($5::jsonb ->> worker_id::text)::bigint, 0)), 0) AS beyond,
             coalesce(sum(counted_out) FILTER (WHERE no >= asked.from_no AND counting_day = asked.day), 0) AS "dayOut",
             coalesce(sum(counted_in) FILTER (WHERE no >= asked.from_no AND counting_day = asked.day), 0) AS "dayIn",
             max(counting_day) FILTER (WHERE no >= asked.from_no) AS "lastDay",
             coalesce(bool_or(created_at < (date 'epoch' + asked.day)::timestamp AT TIME ZONE 'UTC'), false) AS "reachesBefore",
             max(after) FILTER (WHERE no = asked.from_no - 1) AS opening,
             min(no) FILTER (WHERE no >= asked.from_no) AS "firstNo",
             min(base) AS "firstBefore",
             max(no) AS "lastNo",
             count(*) FILTER (WHERE is_broken) AS "brokenCount",
             (SELECT jsonb_agg(jsonb_build_object('no', b.no::text, 'transactionId', b.transaction_id, 'noBefore', b.no_before::text,
                       'after', b.after::text, 'afterExpected', (coalesce(b.after_before, CASE WHEN b.no = 1 THEN 0 END) + b.signed)::text,
                       'at', b.created_at, 'atBefore', b.at_before) ORDER BY b.no)
                FROM (SELECT * FROM judged WHERE is_broken ORDER BY no LIMIT ${brokenEntriesMax}) b) AS broken
        FROM judged
    ) s
   ORDER BY asked.ix`;

export async function readStretches(
  client: pg.ClientBase,
  asked: readonly StretchAsked[],
  cut: Cut,
  /** Older entries may have been taken out, and are left out. */
  archivedUntil: Date | null,
): Promise<Stretch[]> {
  const { rows } = await client.query<Stretch>({
    name: 'reconciliation-stretches',
    text,
    values: [
      `{${asked.map(({ walletId }) => walletId).join(',')}}`,
      `{${asked.map(({ fromNo }) => fromNo).join(',')}}`,
      `{${asked.map(({ toNo }) => toNo).join(',')}}`,
      `{${asked.map(({ day }) => day).join(',')}}`,
      JSON.stringify(cut.seqs),
      cut.at,
      archivedUntil,
    ],
  });
  return rows;
}
