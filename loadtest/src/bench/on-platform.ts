import { startPlatform } from '@smart-wallet/local-stack/platform.mjs';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import type { Stack } from '@smart-wallet/local-stack/stack.mjs';
import { audit } from '../audit/audit.js';
import { reportText } from '../audit/report.js';
import type { PartPids } from './cpu-by-part.js';
import { assertDurable, type Templates } from './databases.js';
import type { Driven } from './product.js';

/** What the platforms of a run stand on, and where their progress is told. */
export interface Ground {
  stack: Stack;
  templates: Templates;
  progress: (message: string) => void;
}

/** What was measured on a platform: it tells how many payments it was told had succeeded, and hears whether the books agree. */
interface Audited {
  acknowledged: number;
  booksBalance: boolean;
}

/** A platform on a fresh copy of the seeded database; audited when they have stopped. */
export async function onPlatform(
  { stack, templates, progress }: Ground,
  programEnv: Record<string, string>,
  work: (platform: Driven) => Promise<Audited[]>,
): Promise<void> {
  const database = await templates.clone('product');
  const platform = await startDriven(stack, database.url, programEnv);
  let measured: Audited[] = [];
  try {
    measured = await work(platform);
  } finally {
    await platform.stop();
  }
  const report = await audit(database.url);
  const lost = await lostOf(database.url, measured);
  if (!report.clean) progress(`the books do not balance\n${reportText(report)}`);
  if (lost > 0) progress(`${lost} acknowledged payments are not in the ledger`);
  for (const each of measured) each.booksBalance = report.clean && lost <= 0;
  await database.drop();
}

/** Engines and a gateway, as many as a user gets; and workers, where WORKER_PARTS says which. */
export async function startDriven(
  stack: Stack,
  databaseUrl: string,
  programEnv: Record<string, string> = {},
): Promise<Driven & { stop(): Promise<void> }> {
  await assertDurable(stack.urlFor('wallet_engine', databaseUrl));
  const platform = await startPlatform({
    stack,
    databaseUrl,
    namespace: new URL(databaseUrl).pathname.slice(1),
    workers: programEnv.WORKER_PARTS === undefined ? 0 : 1,
    programEnv: { LOG_LEVEL: 'warn', ...programEnv },
  });
  return {
    databaseUrl,
    natsUrl: stack.natsUrl,
    namespace: platform.namespace,
    gatewayUrl: platform.gatewayUrl,
    token: platform.token,
    workers: platform.workers,
    pids: () => ({
      ...serverPids(stack),
      engines: platform.engines.map((engine) => engine.pid()),
      gateway: platform.gateways.map((gateway) => gateway.pid()),
    }),
    stop: platform.stop,
  };
}

/** Of the servers that a platform stands on. */
export function serverPids({ postgres, nats, redis }: Stack): PartPids {
  return { postgres: [postgres.pid()], nats: [nats.pid()], redis: [redis.pid()] };
}

/** How many payments were acknowledged that the ledger does not have. */
export async function lostOf(databaseUrl: string, measured: readonly { acknowledged: number }[]): Promise<number> {
  const acknowledged = measured.reduce((sum, each) => sum + each.acknowledged, 0);
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query(`SELECT count(*)::int AS count FROM transactions WHERE status = 'SUCCESS' AND kind = 'PAYMENT'`),
  );
  return acknowledged - rows[0].count;
}
