import type { Finding, ReconciliationReport, WalletClient } from '@smart-wallet/client';
import { answered } from '../../api/platform.js';
import { stateWords } from '../../ui/console/state.js';

/** Of these the newest that came to its end tells: one that runs knows little yet. */
const runsReadMax = 10;
const pageRows = 100;
/** A ledger with more breaks than these is looked at as a whole, on the report's page. */
const pagesReadMax = 3;

export interface OpenFindings {
  readonly runId: string;
  readonly findings: readonly Finding[];
}

/** What the last reconciliation found in a wallet, and nobody has explained yet; null: nothing. */
export async function readOpenFindings(
  { api }: WalletClient,
  walletId: string,
  signal: AbortSignal,
): Promise<OpenFindings | null> {
  const runs = await answered(api.listReconciliations({ query: { limit: runsReadMax }, signal }));
  const last = runs.items.find(({ status }) => status === 'BREAKS' || status === 'CLEAN');
  if (last?.status !== 'BREAKS') return null;
  const { runId } = last;
  const findings: Finding[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < pagesReadMax && (page === 0 || cursor !== null); page++) {
    const query = { runId, limit: pageRows, ...(cursor !== null && { cursor }) };
    const report: ReconciliationReport = await answered(api.getReconciliationReport({ query, signal }));
    findings.push(...report.findings.filter((each) => each.walletId === walletId && each.status === 'OPEN'));
    cursor = report.nextCursor;
  }
  return findings.length === 0 ? null : { runId, findings };
}

/** `Balance, balance: 87.50 EUR, and should be 100.00 EUR`. */
export function findingWords({ check, what, currency, expected, found }: Finding): string {
  const unit = currency === null ? '' : ` ${currency}`;
  const said = (value: string | null) => (value === null ? 'nothing' : `${value}${unit}`);
  return `${stateWords(check)}, ${what}: ${said(found)}, and should be ${said(expected)}`;
}
