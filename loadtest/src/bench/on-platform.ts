import { startPlatform } from '@smart-wallet/local-stack/platform.mjs';
import type { Stack } from '@smart-wallet/local-stack/stack.mjs';
import { audit } from '../audit/audit.js';
import { reportText } from '../audit/report.js';
import { withClient } from '../ledger/scratch-database.js';
import { assertDurable, type Templates } from './databases.js';

export type Platform = Awaited<ReturnType<typeof startPlatform>>;

/** What was measured on a platform: it tells how many payments it was told had succeeded, and hears whether the books agree. */
interface Audited {
  acknowledged: number;
  booksBalance: boolean;
}

/** Two engines and a gateway on a fresh copy of the seeded database; audited when they have stopped. */
export async function onPlatform(
  stack: Stack,
  templates: Templates,
  programEnv: Record<string, string>,
  progress: (message: string) => void,
  measure: (platform: Platform) => Promise<Audited[]>,
): Promise<void> {
  const database = await templates.clone('product');
  await assertDurable(stack.urlFor('wallet_engine', database.url));
  const platform = await startPlatform({
    stack,
    databaseUrl: database.url,
    engines: 2,
    gateways: 1,
    namespace: new URL(database.url).pathname.slice(1),
    programEnv: { LOG_LEVEL: 'warn', ...programEnv },
  });
  let measured: Audited[] = [];
  try {
    measured = await measure(platform);
  } finally {
    await platform.stop();
  }
  const report = await audit(database.url);
  const acknowledged = measured.reduce((sum, each) => sum + each.acknowledged, 0);
  const { rows } = await withClient(database.url, (client) =>
    client.query(`SELECT count(*)::int AS count FROM transactions WHERE status = 'SUCCESS' AND kind = 'PAYMENT'`),
  );
  const lost = acknowledged - rows[0].count;
  if (!report.clean) progress(`the books do not balance\n${reportText(report)}`);
  if (lost > 0) progress(`${lost} acknowledged payments are not in the ledger`);
  for (const each of measured) each.booksBalance = report.clean && lost <= 0;
  await database.drop();
}

/** Everything that works for a payment but its caller. null: not run here. */
export function pidsOf({ stack, engines, gateways }: Platform): (number | null)[] {
  return [...Object.values(stack.services), ...engines, ...gateways].map((service) => service.pid());
}
