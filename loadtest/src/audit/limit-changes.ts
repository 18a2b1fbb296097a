const money = (field: string) => `(("to"->>'${field}')::numeric / 10000)::numeric(30,4)`;

/** As a CTE: changes of limits, refused ones too, in the order of each wallet. Only its partition's owner makes them. */
export const limitChanges = `
  held_from AS (
    SELECT *, lead(from_batch_seq) OVER later AS to_batch_seq, lead(epoch) OVER later AS next_epoch
      FROM partition_takeovers WINDOW later AS (PARTITION BY partition_id ORDER BY epoch)
  ), said AS MATERIALIZED (
    SELECT b.worker_id, b.batch_seq, b.created_at, ix, change->'from' AS "from", change->'to' AS "to", change ? 'refused' AS refused,
           change->>'changeId' AS change_id, (change->>'walletId')::uuid AS wallet_id, (change->>'partition')::smallint AS partition,
           (change->>'place')::int AS place
      FROM ledger_batches b, jsonb_array_elements(b.changes) WITH ORDINALITY AS c (change, ix)
     WHERE jsonb_typeof(change->'to') = 'object'
  ), in_epoch AS (
    SELECT said.worker_id, said.batch_seq, ix, max(h.epoch) AS epoch
      FROM said JOIN held_from h ON h.partition_id = said.partition AND h.worker_id = said.worker_id
     WHERE h.taken_at <= said.created_at AND (h.next_epoch IS NULL OR said.batch_seq <= h.to_batch_seq)
     GROUP BY said.worker_id, said.batch_seq, ix
  ), change AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY wallet_id ORDER BY epoch, batch_seq, ix) AS n,
           count(*) FILTER (WHERE NOT refused) OVER (PARTITION BY wallet_id ORDER BY epoch, batch_seq, ix) AS applied,
           ${money('creditLimit')} AS credit_limit, ${money('perPayment')} AS per_payment, ${money('dailyOut')} AS daily_out,
           ${money('dailyIn')} AS daily_in
      -- A clock that was set back does not order what touched no wallet: epochs and batches do.
      FROM said LEFT JOIN in_epoch USING (worker_id, batch_seq, ix)
  )`;
