import type { Pool } from 'pg';
import { z } from 'zod';
import { instantPosition, numberPosition, readCursor } from '../http/cursor.js';
import { type Page, pageOf, pageSizeDefault } from '../http/page.js';
import { SqlConditions } from '../storage/sql-conditions.js';
import { viewersOnly } from '../storage/whose.js';
import type { AuditFilters } from './audit-filters.js';

export interface AuditRow {
  audit_id: string;
  at: Date;
  caller: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
  /** Of the wallet whose limits were changed: they are written down without it. */
  currency: string | null;
}

/** How many rows a page looks at. When too few of them match, it is short or empty, and the next one goes on behind them. */
export const auditRowsPerPageMax = 5_000;

/** Rows are in the order of their time; those of one millisecond, of their ids. */
const position = z.tuple([instantPosition, numberPosition]);
type Place = Pick<AuditRow, 'at' | 'audit_id'>;
const placeOf = ({ at, audit_id }: Place): z.infer<typeof position> => [at.toISOString(), audit_id];

/** Newest first. */
export async function listAuditRows(
  database: Pool,
  filters: AuditFilters,
  rowsMax = auditRowsPerPageMax,
): Promise<Page<AuditRow>> {
  const limit = filters.limit ?? pageSizeDefault;
  const { text, values } = listAuditRowsSql(filters, limit, rowsMax);
  const { rows } = await database.query<AuditRow & { end_at: Date | null; end_id: string }>(text, values);
  const found = rows.filter((row) => row.audit_id !== null);
  if (found.length > limit) return pageOf(found, limit, placeOf);
  const [first] = rows;
  const end = first?.end_at ? placeOf({ at: first.end_at, audit_id: first.end_id }) : null;
  return { rows: found, next: end };
}

export async function findAuditRow(database: Pool, auditId: string): Promise<AuditRow | undefined> {
  const { rows } = await database.query<AuditRow>(
    withCurrency('(SELECT * FROM audit_log WHERE audit_id = $1) AS one'),
    [auditId],
  );
  return rows[0];
}

const withCurrency = (rows: string) => `SELECT audit_id, at, caller, action, subject, detail, w.currency FROM ${rows}
  LEFT JOIN wallets w ON w.wallet_id = CASE WHEN action IN ('LIMITS_CHANGED', 'LIMITS_REFUSED') AND pg_input_is_valid(subject, 'uuid')
                                         THEN subject::uuid END`;

/**
 * One row more than the page holds, out of the window; where there are fewer, also the last place that the window reaches, if it is
 * full. In one query: rows that are written between two would move the window's end.
 */
function listAuditRowsSql(filters: AuditFilters, limit: number, rowsMax: number): { text: string; values: unknown[] } {
  const { values, window, match } = windowOf(filters);
  // Where all of the window matches, no more of it is read than the page takes.
  const looked = match.isEmpty ? Math.min(limit + 1, rowsMax) : rowsMax;
  return {
    text: `WITH looked_at AS MATERIALIZED (SELECT * ${window} LIMIT ${looked}),
        found AS MATERIALIZED (SELECT * FROM looked_at ${match.where()} LIMIT ${limit + 1}),
        page AS (${withCurrency('found')})
      SELECT page.*, last.at AS end_at, last.audit_id AS end_id FROM (VALUES (1)) AS one (n)
        LEFT JOIN (SELECT at, audit_id FROM looked_at OFFSET ${looked - 1} LIMIT 1) AS last
               ON (SELECT count(*) FROM found) <= ${limit}
        LEFT JOIN page ON true ORDER BY page.at DESC, page.audit_id DESC`,
    values,
  };
}

interface Window {
  values: unknown[];
  window: string;
  match: SqlConditions;
}

/**
 * What an index finds in order: one subject's rows, one actor's, those of one action, or all; the other filters are looked at row by row.
 * As a range instead of "=": else the planner may take another index for as good, and walk through all rows in search of these.
 */
function windowOf(filters: AuditFilters): Window {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const match = new SqlConditions(values, viewersOnly);
  const keys = Object.entries({ subject: filters.subject, caller: filters.actor, action: filters.action });
  const [key, ...others] = keys.filter(([, value]) => value !== undefined);
  for (const [column, value] of others) match.add((p) => `${column} = ${p}`, value);

  const columns = [...(key ? [key[0]] : []), 'at', 'audit_id'];
  const of = key ? [`${parameter(key[1])}::text`] : [];
  const place = (at: string, id: string) =>
    `(${[...of, `${parameter(at)}::timestamptz`, `${parameter(id)}::bigint`].join(', ')})`;
  const lowest = place(filters.from ?? '-infinity', '0');
  // A cursor is below the filters' own end.
  const highest = place(...(readCursor(position, filters) ?? ([filters.to ?? 'infinity', '0'] as const)));
  const row = `(${columns.join(', ')})`;
  const order = columns.map((column) => `${column} DESC`).join(', ');
  return {
    values,
    window: `FROM audit_log WHERE ${row} >= ${lowest} AND ${row} < ${highest} ORDER BY ${order}`,
    match,
  };
}
