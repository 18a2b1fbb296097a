import { batchSize, type ProductCase, type ProductRun, readShare } from './cases.js';
import type { PartPids } from './cpu-by-part.js';
import { type DriveTarget, type MeasureOrder, measure } from './measure.js';
import type { Measurement } from './measurement.js';
import type { Workload } from './workload.js';

/** A running platform, as the load generator and the CPU meter need it. */
export interface Driven {
  databaseUrl: string;
  natsUrl: string;
  namespace: string;
  gatewayUrl: string;
  token: string;
  /** Programs of the workers, where there are any: payments do not wait for them. */
  readonly workers: readonly { pid(): number | null }[];
  /** Everything that works for a payment but its caller. */
  pids(): PartPids;
}

export function productOrder(platform: Driven, run: ProductRun, workload: Workload, measureMs: number): MeasureOrder {
  return { ...run, workload, target: targetOf(platform, run), pids: platform.pids, measureMs };
}

const warmUpConnections = 64;

/** Until the engines hold the wallets in memory and all code on the way is compiled: what is measured is the platform running, not starting. */
export async function warmUp(
  platform: Driven,
  cases: ReadonlySet<ProductCase>,
  order: { workload: Workload; measureMs: number },
  progress: (message: string) => void,
): Promise<Measurement[]> {
  const run = (name: ProductCase, connections: number, measureMs: number) => {
    const drive = productOrder(platform, { case: name, connections }, order.workload, measureMs);
    return measure({ ...drive, quiet: true }, progress);
  };
  const measured = [await run('engine', 1, order.measureMs)];
  for (const name of ['http', 'httpBatch', 'mixed'] as const)
    if (cases.has(name)) measured.push(await run(name, warmUpConnections, order.measureMs / 2));
  return measured;
}

function targetOf(platform: Driven, run: ProductRun): DriveTarget {
  if (run.case === 'engine') {
    const { databaseUrl, natsUrl, namespace } = platform;
    return { target: 'engine', databaseUrl, natsUrl, namespace };
  }
  const { gatewayUrl: url, token } = platform;
  const http = { target: 'http', url, token, connections: run.connections } as const;
  switch (run.case) {
    case 'http':
      return { ...http, batchSize: 1 };
    case 'httpBatch':
      return { ...http, batchSize };
    case 'mixed':
      return { ...http, batchSize: 1, readShare };
  }
}
