import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Pool } from 'pg';
import type { RecordedExport } from '../exports/export-log.js';
import { csvLine } from '../http/csv.js';
import { patientRead } from '../storage/patient-read.js';
import type { ReadingPace } from '../storage/reading-pace.js';
import type { EntryRow } from '../transactions/entry-row.js';
import { type EntryRange, oldestEntries } from '../transactions/entry-stretch.js';

const header = csvLine([
  ...['entryNo', 'createdAt', 'transactionId', 'kind', 'entryType', 'amount', 'balanceAfter', 'currency'],
  ...['reference', 'description'],
]);

interface StatementFile {
  range: EntryRange;
  pace: ReadingPace;
  /** Counts the entries that leave. */
  exported: Pick<RecordedExport, 'handedOver'>;
}

/** All entries of a range, the oldest first. */
export async function* statementCsv(
  database: Pool,
  { range, pace, exported }: StatementFile,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield header;
  for (let from = range.from; from < range.before; ) {
    const startedAtMs = performance.now();
    const rows = await patientRead(() => oldestEntries(database, { ...range, from }, pace.pageRows), signal);
    const last = rows.at(-1);
    if (!last) return;
    const lines = rows.map(entryLine).join('');
    const workedMs = performance.now() - startedAtMs;
    exported.handedOver += rows.length;
    yield lines;
    from = BigInt(last.entry_no) + 1n;
    if (from < range.before) await pace.rest(workedMs, signal);
  }
}

function entryLine(row: EntryRow): string {
  return csvLine([
    row.entry_no,
    row.created_at.toISOString(),
    row.transaction_id,
    row.kind,
    row.entry_type,
    formatMoney(parseDecimal(row.amount), row.currency),
    formatMoney(parseDecimal(row.balance_after), row.currency),
    row.currency,
    { text: row.reference },
    { text: row.description },
  ]);
}
