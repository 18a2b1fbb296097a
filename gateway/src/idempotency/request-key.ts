import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import type { Pool } from 'pg';
import { headerIdempotencyKey } from '../http/idempotency-key.js';

/**
 * The key in the header, or throws what `headerIdempotencyKey` does. Gateways of 0.1.0 took the quotes around a key for a part of
 * it: one that is recorded so is still that key, or a retry across the upgrade would pay twice. Once no such gateway runs and its
 * keys are asked for no more (from 0.3.0 on), this goes.
 */
export async function requestKey(
  database: Pool,
  caller: string,
  header: string | string[] | undefined,
): Promise<string> {
  const key = headerIdempotencyKey(header);
  if (key === header) return key;
  const { rowCount } = await database.query({
    name: 'key-in-quotes',
    text: 'SELECT FROM idempotency_keys WHERE key_digest = $1',
    values: [keyDigest(caller, header as string)],
  });
  return rowCount === 0 ? key : (header as string);
}
