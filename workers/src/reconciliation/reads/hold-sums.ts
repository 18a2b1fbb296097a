import type pg from 'pg';

/** A hold as its transactions make it, and as its row says it (null: there is no row). Read by one statement: one moment. */
export interface HoldSum {
  readonly holdId: string;
  readonly walletId: string;
  readonly receiverId: string;
  readonly currency: string;
  readonly amount: string;
  readonly captured: string;
  readonly captures: string;
  readonly voids: number;
  readonly expiries: number;
  readonly finals: number;
  readonly rowStatus: string | null;
  readonly rowWalletId: string | null;
  readonly rowReceiverId: string | null;
  readonly rowCurrency: string | null;
  readonly rowAmount: string | null;
  readonly rowCaptured: string | null;
  readonly rowCaptures: number | null;
}

/** Of holds whose own transaction is in the ledger. */
export async function readHoldSums(client: pg.ClientBase, holdIds: readonly string[]): Promise<HoldSum[]> {
  const { rows } = await client.query<HoldSum>({
    name: 'reconciliation-holds',
    text: `SELECT m.transaction_id AS "holdId", m.sender_wallet_id AS "walletId", m.receiver_wallet_id AS "receiverId",
                  m.currency, m.amount, s.*, h.status AS "rowStatus", h.wallet_id AS "rowWalletId",
                  h.receiver_wallet_id AS "rowReceiverId", h.currency AS "rowCurrency",
                  h.amount AS "rowAmount", h.captured AS "rowCaptured", h.captures AS "rowCaptures"
             FROM unnest($1::uuid[]) AS asked (id)
             JOIN LATERAL (SELECT * FROM transactions t
                            WHERE t.transaction_id = asked.id AND t.kind = 'HOLD' AND t.status = 'SUCCESS') m ON true
             LEFT JOIN holds h ON h.hold_id = asked.id
            CROSS JOIN LATERAL (
              SELECT coalesce(sum(t.amount) FILTER (WHERE t.kind = 'CAPTURE'), 0) AS captured,
                     count(*) FILTER (WHERE t.kind = 'CAPTURE') AS captures,
                     (count(*) FILTER (WHERE t.kind = 'VOID'))::int AS voids,
                     (count(*) FILTER (WHERE t.kind = 'EXPIRY'))::int AS expiries,
                     (count(*) FILTER (WHERE t.kind = 'CAPTURE' AND t.released > 0))::int AS finals
                FROM transactions t WHERE t.parent_transaction_id = asked.id AND t.status = 'SUCCESS'
            ) s`,
    values: [`{${holdIds.join(',')}}`],
  });
  return rows;
}
