import type { OutcomeKind } from '@smart-wallet/engine/contract/cached-answer.js';
import { asDigest, type Digest } from '@smart-wallet/engine/contract/digest.js';
import { writtenAheadMaxMs } from '@smart-wallet/engine/contract/limits.js';
import type { Database } from '../storage/database.js';
import type { NewWallet } from './wallet-requests.js';

interface CreationRow {
  outcome: 'CREATED' | 'WALLET_EXISTS' | 'KEY_KNOWN';
  recorded_kind: OutcomeKind;
  recorded_id: string;
  recorded_request_hash: string | null;
  was_there: boolean;
}

/** What became of a request for a wallet, and the wallet that answers it; null: it is another request's. */
export interface Creation {
  outcome: CreationRow['outcome'];
  walletId: string | null;
  /** It was there when its request, or its key, came first. */
  wasThere: boolean;
}

/** Adds a wallet and records its request's key (null: it has none) in one transaction. */
export async function createWallet(
  database: Database,
  walletId: string,
  wallet: NewWallet,
  keyDigest: Digest | null,
): Promise<Creation> {
  const { rows } = await database.query<CreationRow>({
    name: 'create-wallet',
    text: `SELECT outcome, recorded_kind, recorded_id, recorded_request_hash, was_there
             FROM create_wallet_v4($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    values: [
      ...[walletId, wallet.userId, wallet.currency, wallet.status, wallet.scope, wallet.metadata, wallet.requestHash],
      keyDigest,
      database.nowMs() + writtenAheadMaxMs,
    ],
  });
  const { outcome, recorded_kind, recorded_id, recorded_request_hash, was_there } = rows[0] as CreationRow;
  const same =
    recorded_kind === 'WALLET' &&
    recorded_request_hash !== null &&
    asDigest(recorded_request_hash) === wallet.requestHash &&
    (wallet.walletId === undefined || wallet.walletId === recorded_id);
  return { outcome, walletId: same ? recorded_id : null, wasThere: was_there };
}
