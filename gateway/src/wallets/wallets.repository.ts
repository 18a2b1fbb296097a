import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { readCursor, writeCursor } from '../http/cursor.js';
import { pageJson, pageOf, pageSizeDefault } from '../http/page.js';
import { Database } from '../storage/database.js';
import { type BalanceRow, type WalletRow, walletColumns, walletJson } from './wallet-json.js';
import type { NewWallet, WalletFilters } from './wallet-requests.js';

const position = z.tuple([z.iso.datetime(), z.guid()]);

@Injectable()
export class WalletsRepository {
  constructor(readonly database: Database) {}

  /** False when the id is taken. */
  async create(walletId: string, wallet: NewWallet): Promise<boolean> {
    const { rows } = await this.database.query<{ created: boolean }>({
      name: 'create-wallet',
      text: 'SELECT create_wallet($1, $2, $3, $4, $5, $6) AS created',
      values: [walletId, wallet.userId, wallet.currency, wallet.status, wallet.metadata, wallet.requestHash],
    });
    return rows[0]?.created === true;
  }

  async find(walletId: string): Promise<WalletRow | undefined> {
    const { rows } = await this.database.query<WalletRow>({
      name: 'find-wallet',
      text: `SELECT ${walletColumns} FROM wallets WHERE wallet_id = $1`,
      values: [walletId],
    });
    return rows[0];
  }

  async balance(walletId: string): Promise<BalanceRow | undefined> {
    const { rows } = await this.database.query<BalanceRow>({
      name: 'wallet-balance',
      text: 'SELECT currency, balance, held, version, clock_timestamp() AS as_of FROM wallets WHERE wallet_id = $1',
      values: [walletId],
    });
    return rows[0];
  }

  /** Newest first. */
  async list(filters: WalletFilters): Promise<string> {
    const limit = filters.limit ?? pageSizeDefault;
    const before = readCursor(position, filters.cursor);
    const { rows } = await this.database.query<WalletRow>(
      `SELECT ${walletColumns} FROM wallets
        WHERE kind = $1 AND ($2::uuid IS NULL OR user_id = $2) AND ($3::text IS NULL OR currency = $3)
          AND ($4::wallet_status IS NULL OR status = $4)
          AND ($5::timestamptz IS NULL OR (created_at, wallet_id) < ($5, $6::uuid))
        ORDER BY created_at DESC, wallet_id DESC LIMIT $7`,
      [filters.kind, filters.userId, filters.currency, filters.status, before?.[0], before?.[1], limit + 1],
    );
    const { items, last } = pageOf(rows, limit);
    return pageJson(items.map(walletJson), last ? writeCursor([last.created_at.toISOString(), last.wallet_id]) : null);
  }
}
