import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { planConnections } from './cases.js';
import { assertDurable } from './databases.js';
import { measure } from './measure.js';
import type { Measurement } from './measurement.js';
import type { Ground } from './on-platform.js';
import { startPlanServer } from './plan-process.js';
import { planBooksBalance } from './plan-tables.js';
import { rawBooksBalance } from './raw-tables.js';
import type { Workload } from './workload.js';

const rawConnections = 2;

/** The raw limit of the machine. */
export async function measureRaw(ground: Ground, workload: Workload, measureMs: number): Promise<Measurement> {
  const database = await ground.templates.clone('raw');
  await assertDurable(database.url);
  const pids = () => ({ postgres: [ground.stack.postgres.pid()] });
  const target = { target: 'raw', databaseUrl: database.url } as const;
  const order = { case: 'raw', workload, connections: rawConnections, target, pids, measureMs } as const;
  const result = await measure(order, ground.progress);
  result.booksBalance = await withClient(database.url, rawBooksBalance);
  await database.drop();
  return result;
}

/** The straightforward design, warmed up for as long as the platform is by single payments. */
export async function measurePlan(
  ground: Ground,
  workload: Workload,
  { measureMs, warmUpMs }: { measureMs: number; warmUpMs: number },
): Promise<Measurement> {
  const { stack } = ground;
  const database = await ground.templates.clone('plan');
  await assertDurable(database.url);
  const server = await startPlanServer(database.url, stack.redisUrl);
  const pids = () => ({ postgres: [stack.postgres.pid()], redis: [stack.redis.pid()], plan: [server.pid] });
  const connections = planConnections;
  const target = { target: 'http', url: server.url, token: 'none', connections, batchSize: 1 } as const;
  const order = { case: 'plan', workload, connections, target, pids } as const;
  await measure({ ...order, measureMs: warmUpMs, quiet: true }, ground.progress);
  const result = await measure({ ...order, measureMs }, ground.progress);
  await server.stop();
  result.booksBalance = await withClient(database.url, planBooksBalance);
  await database.drop();
  return result;
}
