import { parseArgs } from 'node:util';
import { isSet, readVariables } from '@smart-wallet/engine/contract/environment.js';
import { audit } from './audit.js';
import { reportText } from './report.js';

const usage = `Audits the ledger: proves from its tables alone that the books balance.

usage: node loadtest/dist/audit/main.js [--database-url URL] [--json]

  --database-url URL  the ledger's Postgres (or the environment's AUDIT_DATABASE_URL)
  --json              print the report as JSON
  --help

Exit code: 0 clean, 1 something was found, 2 the audit could not run.`;

try {
  const { values } = parseArgs({
    options: { 'database-url': { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const databaseUrl = values['database-url'] ?? databaseFromEnvironment();
  const report = await audit(databaseUrl, { onProgress: (message) => console.error(`audit: ${message}`) });
  console.log(values.json ? JSON.stringify(report, null, 2) : reportText(report));
  process.exitCode = report.clean ? 0 : 1;
} catch (error) {
  console.error(`audit: could not run: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}

function databaseFromEnvironment(): string {
  if (!isSet(process.env, 'AUDIT_DATABASE_URL')) {
    throw new Error('say which database: --database-url or AUDIT_DATABASE_URL');
  }
  return readVariables(process.env, ['AUDIT_DATABASE_URL']).AUDIT_DATABASE_URL;
}
