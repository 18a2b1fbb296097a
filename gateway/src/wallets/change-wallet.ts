import { asDigest, type Digest } from '@smart-wallet/engine/contract/digest.js';
import { writtenAheadMaxMs } from '@smart-wallet/engine/contract/limits.js';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../storage/database.js';
import type { WalletChange } from './wallet-requests.js';

/** Who changes it, under which key. */
export interface ChangeAsked {
  readonly caller: string;
  readonly keyDigest: Digest;
  readonly traceId: string;
}

/** KEY_KNOWN: it was done before, by the same request. KEY_REUSED: the key is another request's. */
export type ChangeOutcome = 'CHANGED' | 'WALLET_NOT_FOUND' | 'KEY_KNOWN' | 'KEY_REUSED';

interface ChangeRow {
  outcome: 'CHANGED' | 'WALLET_NOT_FOUND' | 'KEY_KNOWN';
  recorded_kind: string | null;
  recorded_request_hash: string | null;
}

/** Changes what a wallet says of its user, and its metadata, with its line of the audit log, under a key of its own. */
export async function changeWallet(
  database: Database,
  { walletId, userId, metadata, requestHash }: WalletChange,
  { caller, keyDigest, traceId }: ChangeAsked,
): Promise<ChangeOutcome> {
  const { rows } = await database.query<ChangeRow>({
    name: 'change-wallet',
    text: `SELECT outcome, recorded_kind, recorded_request_hash
             FROM change_wallet($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    values: [
      ...[walletId, userId !== undefined, userId ?? null, metadata !== undefined, metadata ?? null],
      ...[uuidv7(), keyDigest, requestHash, caller, traceId, database.nowMs() + writtenAheadMaxMs],
    ],
  });
  const { outcome, recorded_kind: kind, recorded_request_hash: recorded } = rows[0] as ChangeRow;
  if (outcome !== 'KEY_KNOWN') return outcome;
  const same = kind === 'CHANGE' && recorded !== null && asDigest(recorded) === requestHash;
  return same ? 'KEY_KNOWN' : 'KEY_REUSED';
}
