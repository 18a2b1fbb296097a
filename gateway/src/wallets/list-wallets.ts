import type { Pool } from 'pg';
import { z } from 'zod';
import { readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import type { WalletFilters } from './wallet-requests.js';
import { type WalletRow, walletColumns } from './wallet-row.js';

const position = z.tuple([z.iso.datetime(), z.guid()]);

/** Newest first. */
export async function listWallets(database: Pool, filters: WalletFilters): Promise<Page<WalletRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const before = readCursor(position, filters.cursor);
  const { rows } = await database.query<WalletRow>(
    `SELECT ${walletColumns} FROM wallets
      WHERE kind = $1 AND ($2::uuid IS NULL OR user_id = $2) AND ($3::text IS NULL OR currency = $3)
        AND ($4::wallet_status IS NULL OR status = $4)
        AND ($5::timestamptz IS NULL OR (created_at, wallet_id) < ($5, $6::uuid))
      ORDER BY created_at DESC, wallet_id DESC LIMIT $7`,
    [filters.kind, filters.userId, filters.currency, filters.status, before?.[0], before?.[1], limit + 1],
  );
  return pageOf(rows, limit, (last) => [last.created_at.toISOString(), last.wallet_id]);
}
