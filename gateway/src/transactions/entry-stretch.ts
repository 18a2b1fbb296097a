import type { Pool } from 'pg';
import { type EntryRow, entryColumns, type Side } from './entry-row.js';

/** Entries of one wallet, `from` to before `before`: numbers have no holes, so it is known how many there are. */
export interface EntryRange {
  walletId: string;
  from: bigint;
  before: bigint;
}

const branch = (side: Side, direction: 'ASC' | 'DESC') => `
  (SELECT ${entryColumns(side)} FROM transactions
    WHERE ${side}_wallet_id = $1 AND ${side}_entry_no >= $2::bigint AND ${side}_entry_no < $3::bigint
    ORDER BY ${side}_entry_no ${direction} LIMIT $4)`;
const stretchSql = (direction: 'ASC' | 'DESC') =>
  `${branch('sender', direction)} UNION ALL ${branch('receiver', direction)} ORDER BY entry_no ${direction} LIMIT $4`;

const oldestEntriesSql = stretchSql('ASC');
const newestEntriesSql = stretchSql('DESC');

/** The first entries of a range, as a merge of two ordered index scans: debits and credits. */
export function oldestEntries(database: Pool, range: EntryRange, count: number): Promise<EntryRow[]> {
  return readEntries(database, oldestEntriesSql, range, count);
}

/** The last ones, newest first. */
export function newestEntries(database: Pool, range: EntryRange, count: number): Promise<EntryRow[]> {
  return readEntries(database, newestEntriesSql, range, count);
}

async function readEntries(database: Pool, sql: string, { walletId, from, before }: EntryRange, count: number) {
  const { rows } = await database.query<EntryRow>(sql, [walletId, from.toString(), before.toString(), count]);
  return rows;
}
