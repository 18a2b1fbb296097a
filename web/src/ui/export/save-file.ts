import { isProblem, WalletFault } from '@smart-wallet/client';

export interface Progress {
  readonly rows: number;
  /** Said before the first row, where that is known. */
  readonly of: number | null;
}

interface FileAsk {
  readonly path: string;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

const lineFeed = 0x0a;
const quote = 0x22;

/**
 * Reads a CSV file that the platform writes, whole or not at all.
 * @throws WalletFault when it is refused, breaks off, or has other rows than were promised.
 */
export async function readFile({ path, token, signal, onProgress }: FileAsk) {
  const answer = await fetch(path, { headers: { authorization: `Bearer ${token}`, accept: 'text/csv' }, signal });
  if (!answer.ok || !answer.body) throw await refusal(answer);
  const total = answer.headers.get('export-total');
  const of = total === null ? null : Number(total);
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
  if (of !== null && rows !== of)
    throw new WalletFault(`The export broke off after ${rows} of ${of} rows. Nothing was saved: try again.`);
  return { rows, parts, asOf: answer.headers.get('export-as-of') ?? answeredAt(answer) };
}

/** By the platform's clock, when it began to answer: what came later need not be in it. */
function answeredAt(answer: Response): string {
  const date = answer.headers.get('date');
  return (date === null ? new Date() : new Date(date)).toISOString();
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

/** `transactions-2026-01-31T120000.csv` */
export function fileName(what: string, asOf: string): string {
  return `${what}-${asOf.slice(0, 19).replaceAll(':', '')}.csv`;
}

export function save(parts: BlobPart[], name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(parts, { type: 'text/csv' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function refusal(answer: Response): Promise<WalletFault> {
  const problem: unknown = await answer.json().catch(() => null);
  const known = isProblem(problem) ? problem : null;
  return new WalletFault(known?.detail ?? `The export was answered ${answer.status}.`, {
    problem: known,
    status: answer.status,
  });
}
