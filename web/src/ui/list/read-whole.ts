import { type WalletClient, WalletFault } from '@smart-wallet/client';
import type { Exported } from '../export/export-button.js';
import { rowsCsv } from '../export/rows-csv.js';
import type { Progress } from '../export/save-file.js';
import type { FilterValues } from './filters.js';
import type { Listing } from './use-listing.js';

const pageRows = 200;
/** A browser holds so many and more; whoever wants all of them narrows the time. */
export const exportRowsMax = 100_000;

interface WholeAsk {
  readonly platform: WalletClient;
  readonly values: FilterValues;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * A list, whole, page by page: what is added meanwhile is before its first page, and not in it.
 * @throws WalletFault when it is refused, or has too many rows.
 */
export async function readWhole<Item>(listing: Listing<Item>, ask: WholeAsk): Promise<Exported> {
  const { platform, values, signal, onProgress } = ask;
  const asOf = new Date().toISOString();
  const rows = new Map<string, Item>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    signal.throwIfAborted();
    const query = { ...values, limit: pageRows, ...(cursor !== undefined && { cursor }) };
    const page = await listing.read(platform, query as never, signal);
    for (const item of page.items) rows.set(listing.idOf(item), item);
    if (rows.size > exportRowsMax)
      throw new WalletFault(`There are more than ${exportRowsMax} rows. Nothing was saved: narrow the filters.`);
    onProgress({ rows: rows.size, of: null });
    cursor = page.nextCursor;
  }
  return { rows: rows.size, parts: [rowsCsv([...rows.values()] as object[])], asOf };
}
