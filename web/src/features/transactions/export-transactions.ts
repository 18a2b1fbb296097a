import { isProblem, WalletFault } from '@smart-wallet/client';
import type { FilterValues } from '../../ui/list/filters.js';

export interface ExportProgress {
  readonly rows: number;
  /** Said before the first row. */
  readonly of: number | null;
}

interface ExportAsk {
  readonly values: FilterValues;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ExportProgress) => void;
}

const lineFeed = 0x0a;
const quote = 0x22;

/**
 * Saves what the filters choose as a CSV file, all or nothing.
 * @throws WalletFault when it is refused, breaks off, or has other rows than were promised.
 */
export async function exportTransactions({
  values,
  token,
  signal,
  onProgress,
}: ExportAsk): Promise<{ rows: number; asOf: string }> {
  const query = new URLSearchParams({ ...values, format: 'csv' });
  const answer = await fetch(`/api/transactions/export?${query}`, {
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
  if (!answer.ok || !answer.body) throw await refusal(answer);
  const of = Number(answer.headers.get('export-total'));
  const asOf = answer.headers.get('export-as-of') ?? '';
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const lines = new CsvLines();
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    lines.count(value);
    onProgress({ rows: Math.max(lines.ended - 1, 0), of });
  }
  const rows = lines.ended - 1;
  if (rows !== of)
    throw new WalletFault(`The export broke off after ${rows} of ${of} rows. Nothing was saved: try again.`);
  save(new Blob(parts, { type: 'text/csv' }), `transactions-${asOf.slice(0, 19).replaceAll(':', '')}.csv`);
  return { rows, asOf };
}

/** Counts the lines of a CSV file as it comes: a line feed within quotes ends none, and a doubled quote closes and opens. */
export class CsvLines {
  ended = 0;
  #isQuoted = false;

  count(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === quote) this.#isQuoted = !this.#isQuoted;
      else if (byte === lineFeed && !this.#isQuoted) this.ended += 1;
    }
  }
}

async function refusal(answer: Response): Promise<WalletFault> {
  const problem: unknown = await answer.json().catch(() => null);
  const known = isProblem(problem) ? problem : null;
  return new WalletFault(known?.detail ?? `The export was answered ${answer.status}.`, {
    problem: known,
    status: answer.status,
  });
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
