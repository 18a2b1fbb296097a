/**
 * As CTEs, `effect`: what a success does to each of its wallets. `available`: what it adds to the balance less what is held; `out`
 * and `in`: what it adds to the day's counters (a hold counts when it is made, its captures no more; what goes back of it counts on
 * the hold's own day only; refunds and reversals do not count). `watched`: a condition on a wallet's id.
 */
export const walletEffects = (watched: (walletId: string) => string) => `
  held_on AS MATERIALIZED (
    SELECT transaction_id AS hold_id, created_at::date AS day FROM transactions WHERE kind = 'HOLD' AND status = 'SUCCESS'
  ), effect AS (
    SELECT sender_wallet_id AS wallet_id, transaction_id, kind, amount, worker_id, batch_seq, created_at, sender_entry_no AS entry_no,
           CASE WHEN kind = 'CAPTURE' THEN released WHEN kind IN ('VOID', 'EXPIRY') THEN amount ELSE -amount END AS available,
           CASE WHEN kind IN ('PAYMENT', 'WITHDRAWAL', 'HOLD') THEN amount
                WHEN h.day IS DISTINCT FROM created_at::date THEN 0
                WHEN kind = 'CAPTURE' THEN -released
                WHEN kind IN ('VOID', 'EXPIRY') THEN -amount ELSE 0 END AS "out", 0::numeric AS "in"
      FROM transactions LEFT JOIN held_on h ON h.hold_id = parent_transaction_id
     WHERE status = 'SUCCESS' AND ${watched('sender_wallet_id')}
    UNION ALL
    SELECT receiver_wallet_id, transaction_id, kind, amount, worker_id, batch_seq, created_at, receiver_entry_no, amount, 0,
           CASE WHEN kind IN ('PAYMENT', 'DEPOSIT', 'CAPTURE') THEN amount ELSE 0 END
      FROM transactions
     WHERE status = 'SUCCESS' AND kind NOT IN ('HOLD', 'VOID', 'EXPIRY') AND ${watched('receiver_wallet_id')}
  )`;
