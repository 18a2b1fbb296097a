import type { WalletStatus } from '@smart-wallet/engine/contract/wallet.js';
import type { Pool } from 'pg';

/** A wallet that reconciliation suspended, or is about to, and that was not activated since. */
export interface Suspension {
  readonly status: WalletStatus;
  /** Its last change of status, which tells a suspension from a later one. null: it never had one. */
  readonly statusChangeId: string | null;
  /** Whose breaks it was suspended for, the first of them. */
  readonly findings: readonly string[];
}

const findingsMax = 20;

/** null: it was not, or there is nothing to be activated any more. */
export async function findSuspension(database: Pick<Pool, 'query'>, walletId: string): Promise<Suspension | null> {
  const { rows } = await database.query<Suspension>({
    name: 'find-suspension',
    text: `SELECT w.status, s.findings, (${lastChange('change_id')}) AS "statusChangeId"
             FROM wallets w, LATERAL (
               SELECT array_agg(finding_id::text ORDER BY finding_id) AS findings FROM (
                 SELECT finding_id FROM reconciliation_suspensions
                  WHERE wallet_id = w.wallet_id AND status IN ('PENDING', 'DONE')
                    -- until it is done, when it is to be asked for
                    AND coalesce(suspended_at, next_try_at) >= coalesce((${lastChange('at', 'ACTIVE')}), '-infinity')
                  ORDER BY finding_id LIMIT ${findingsMax}) one
             ) s
            WHERE w.wallet_id = $1 AND w.status <> 'CLOSED' AND s.findings IS NOT NULL`,
    values: [walletId],
  });
  return rows[0] ?? null;
}

const lastChange = (column: 'change_id' | 'at', to?: WalletStatus) => `
  SELECT ${column} FROM audit_log WHERE subject = $1::uuid::text AND action = 'WALLET_STATUS_CHANGED'
     ${to === undefined ? '' : `AND detail->>'to' = '${to}'`} ORDER BY at DESC, audit_id DESC LIMIT 1`;
