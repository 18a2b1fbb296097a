import type { OpsSession } from '../../session/ops-session.js';
import type { Exported } from '../../ui/export/export-button.js';
import { type Progress, readFile } from '../../ui/export/save-file.js';
import type { FilterValues } from '../../ui/list/filters.js';

interface TransactionsAsk {
  readonly session: OpsSession;
  /** Who asks: in nobody else's name is it read. */
  readonly userId: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** What the filters choose, as the platform writes it: it says how many rows there will be, and as of when. */
export async function exportTransactions(
  values: FilterValues,
  { session, userId, signal, onProgress }: TransactionsAsk,
): Promise<Exported> {
  const path = `/api/transactions/export?${new URLSearchParams({ ...values, format: 'csv' })}`;
  return readFile({ path, token: await session.tokenOf(userId, null), signal, onProgress });
}
