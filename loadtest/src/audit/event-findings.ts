/** What happened to a partition is numbered from 1 without a hole, whoever owned it; batches of before say nothing. */
export const eventFindings = `
  WITH happened AS MATERIALIZED (
    SELECT worker_id, batch_seq, partition, count(*) AS events FROM (
      SELECT worker_id, batch_seq, partition FROM transactions
      UNION ALL
      SELECT worker_id, batch_seq, (change->>'partition')::smallint FROM ledger_batches, jsonb_array_elements(changes) AS change
       WHERE change->'from' <> change->'to') one
     GROUP BY worker_id, batch_seq, partition
  ), numbered AS MATERIALIZED (
    SELECT b.worker_id, b.batch_seq, e.partition, e.first, coalesce(h.events, 0) AS events
      FROM ledger_batches b CROSS JOIN unnest(b.event_partitions, b.event_first_sequences) AS e (partition, first)
      LEFT JOIN happened h ON h.worker_id = b.worker_id AND h.batch_seq = b.batch_seq AND h.partition = e.partition
  ), followed AS (
    SELECT *, lag(first + events, 1, 1::bigint) OVER (PARTITION BY partition ORDER BY first, worker_id, batch_seq) AS expected
      FROM numbered
  )
  SELECT 'event-sequences' AS "check", format('batch %s of engine %s begins partition %s at event %s, after it would be %s',
                                              batch_seq, worker_id, partition, first, expected) AS finding
    FROM followed WHERE first <> expected OR events = 0
  UNION ALL
  SELECT 'event-sequences', format('batch %s of engine %s has %s events of partition %s that it does not number', h.batch_seq,
                                   h.worker_id, h.events, h.partition)
    FROM happened h JOIN ledger_batches b USING (worker_id, batch_seq)
   WHERE b.event_partitions IS NOT NULL AND NOT h.partition = ANY (b.event_partitions)
  UNION ALL
  SELECT 'event-sequences', format('partition %s had %s events, its owner counted %s', p.id, coalesce(n.last, 0),
                                   w.event_sequences[p.id + 1])
    FROM partitions p JOIN engine_workers w USING (worker_id)
    LEFT JOIN (SELECT partition, max(first + events) - 1 AS last FROM numbered GROUP BY partition) n ON n.partition = p.id
   WHERE w.event_sequences[p.id + 1] IS DISTINCT FROM coalesce(n.last, 0)`;
