import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { Database, openDatabase } from './database.js';
import { alongIndexes } from './list-database.js';

/** What runs on them is short, and they are given back after each chunk: two serve many reports by turns. */
const reportConnectionsMax = 2;
/** Of one chunk, so that no snapshot is open for longer: it would keep dead versions of the ledger's hot rows. */
export const chunkTimeoutMs = 1_000;

/**
 * Connections for what goes over many rows in chunks, statements, exports, totals, and the token by which Nest injects them:
 * apart from those of lists, which are short.
 */
export class ReportDatabase extends Database {}

export function openReportDatabase({ databaseUrl }: Pick<Config, 'databaseUrl'>, log: Logger): ReportDatabase {
  return openDatabase({ databaseUrl, databaseConnectionsMax: reportConnectionsMax }, log, {
    applicationName: 'wallet-gateway reports',
    atConnect: alongIndexes,
    statementTimeoutMs: chunkTimeoutMs,
  });
}
