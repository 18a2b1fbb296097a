import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { audit } from '../../audit/audit.js';
import { Findings, reportText } from '../../audit/report.js';
import { runTableCheck, tableChecks } from '../../audit/table-checks.js';
import type { Measurement } from '../measurement.js';
import { lostOf } from '../on-platform.js';

/** The whole audit takes a minute a million: beyond this, only what money can tell. */
export const auditedWholeMax = 300_000;
/** Balances add up to nothing, each wallet's to its entries, and their numbers count them. */
const checksOfMoney = ['totals per currency', 'wallets against their entries'];

/** @param filled payments that were there before. Returns whether nothing was found. */
export async function auditGrown(
  databaseUrl: string,
  measured: readonly Measurement[],
  filled: number,
  progress: (message: string) => void,
): Promise<boolean> {
  const found = filled <= auditedWholeMax ? await whole(databaseUrl) : await money(databaseUrl);
  if (found !== null) progress(`the books do not balance\n${found}`);
  const lost = filled + (await lostOf(databaseUrl, measured));
  if (lost > 0) progress(`${lost} acknowledged payments are not in the ledger`);
  return found === null && lost <= 0;
}

async function whole(databaseUrl: string): Promise<string | null> {
  const report = await audit(databaseUrl);
  return report.clean ? null : reportText(report);
}

async function money(databaseUrl: string): Promise<string | null> {
  const findings = new Findings();
  await withClient(databaseUrl, async (client) => {
    await client.query(`SET work_mem = '256MB'; SET jit = off`);
    for (const check of tableChecks)
      if (checksOfMoney.includes(check.progress)) await runTableCheck(client, check, findings);
  });
  const found = findings.results().filter((check) => check.findingCount > 0);
  return found.length === 0 ? null : JSON.stringify(found, null, 2);
}
