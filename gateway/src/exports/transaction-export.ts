import type { Pool } from 'pg';
import { writeCursor } from '../http/cursor.js';
import { patientRead } from '../storage/patient-read.js';
import type { ReadingPace } from '../storage/reading-pace.js';
import type { Reader } from '../storage/whose.js';
import { pageOfTransactions } from '../transactions/page-of-transactions.js';
import type { TransactionFilters } from '../transactions/transaction-filters.js';
import type { RecordedExport } from './export-log.js';
import type { ExportFormat } from './transaction-lines.js';

export interface TransactionExport {
  reader: Reader;
  /** With an end up to which the ledger is final. */
  filters: TransactionFilters;
  format: ExportFormat;
  /** How many there are. */
  total: number;
  pace: ReadingPace;
  /** Counts those that leave. */
  exported: Pick<RecordedExport, 'handedOver'>;
}

/**
 * The list's pages one after the other, as lines, newest first. Throws when it does not find as many as were promised: the
 * connection breaks off then, and nobody takes a part for the whole.
 */
export async function* transactionLines(
  database: Pool,
  { reader, filters, format, total, pace, exported }: TransactionExport,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield format.header;
  let written = 0;
  for (let query: TransactionFilters = filters; ; ) {
    const startedAtMs = performance.now();
    const page = await patientRead(
      () => pageOfTransactions(database, reader, { ...query, limit: pace.pageRows }),
      signal,
    );
    written += page.rows.length;
    if (written > total || (page.next === null && written < total)) {
      throw new Error(`an export of ${total} rows found ${written}`);
    }
    const lines = page.rows.map(format.line).join('');
    const workedMs = performance.now() - startedAtMs;
    exported.handedOver = written;
    yield lines;
    if (page.next === null) return;
    query = { ...query, cursor: writeCursor(page.next, query) };
    await pace.rest(workedMs, signal);
  }
}
