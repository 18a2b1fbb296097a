import type pg from 'pg';
import { sameAmount, tenThousandths } from './canonical.js';
import type { Findings } from './report.js';

/** A hold as the API showed it once, when it was made or later, and the key it was made with. Money in decimal strings. */
export interface AcknowledgedHold {
  holdId: string;
  walletId: string;
  receiverWalletId: string;
  amount: string;
  currency: string;
  status: string;
  captured: string;
  expiresAt: string;
  idempotencyKey?: string;
}

/** It is there with the same terms. What is left of it only gets less: as much was captured at least, and once over it stays so. */
export async function checkHolds(client: pg.Client, answers: AcknowledgedHold[], findings: Findings): Promise<void> {
  const { rows } = await client.query(
    `SELECT h.hold_id, h.wallet_id AS "walletId", h.receiver_wallet_id AS "receiverWalletId", h.amount, h.currency, h.status,
            h.captured, t.idempotency_key AS "idempotencyKey",
            to_char(h.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "expiresAt"
       FROM holds h JOIN transactions t ON t.transaction_id = h.hold_id AND t.kind = 'HOLD' WHERE h.hold_id = ANY ($1::uuid[])`,
    [answers.map(({ holdId }) => holdId)],
  );
  const recorded = new Map(rows.map((row) => [row.hold_id, row]));
  for (const answer of answers) {
    const row = recorded.get(answer.holdId);
    if (!row) {
      findings.found('acknowledged', `hold ${answer.holdId} is not in the ledger`);
      continue;
    }
    const wrong = (field: keyof AcknowledgedHold) =>
      findings.found(
        'acknowledged',
        `hold ${answer.holdId}: ${field} was told as ${answer[field]}, recorded as ${row[field]}`,
      );
    for (const field of ['walletId', 'receiverWalletId', 'currency', 'expiresAt', 'idempotencyKey'] as const) {
      if (answer[field] !== undefined && answer[field] !== row[field]) wrong(field);
    }
    if (!sameAmount(answer.amount, row.amount)) wrong('amount');
    if (answer.status !== 'OPEN' && answer.status !== row.status) wrong('status');
    const captured = BigInt(tenThousandths(row.captured));
    const told = scaled(answer.captured);
    if (answer.status === 'OPEN' ? told > captured : told !== captured) wrong('captured');
  }
}

function scaled(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(`${whole}${fraction.padEnd(4, '0')}`);
}
