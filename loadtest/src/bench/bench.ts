import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { startStack } from '@smart-wallet/local-stack/stack.mjs';
import { type CaseName, type ProductCase, productRuns } from './cases.js';
import { measurePlan, measureRaw } from './comparison.js';
import { makeTemplates } from './databases.js';
import { measure } from './measure.js';
import { type Figures, type Measurement, rowsOf } from './measurement.js';
import { type Ground, onPlatform } from './on-platform.js';
import { measureOpenLoop } from './open-loop.js';
import { productOrder, warmUp } from './product.js';
import type { Workload } from './workload.js';

export interface BenchOptions {
  cases: CaseName[];
  workloads: Workload[];
  rounds: number;
  measureMs: number;
  openLoop: boolean;
  platformWarmUpMs: number;
  /** All workloads on one platform and database, instead of one each: quicker, and later ones find more rows. */
  onePlatformARound: boolean;
}

/** Runs all chosen cases round by round, each round from fresh copies of the seeded databases. */
export async function bench(options: BenchOptions, progress: (message: string) => void): Promise<Figures> {
  const { rounds, workloads, cases, measureMs, platformWarmUpMs: warmUpMs } = options;
  progress('starting the servers');
  const stack = await startStack({ env: envWithoutServers() });
  try {
    const templates = await makeTemplates(stack.databaseUrl, cases, progress);
    await stack.setRolePasswords();
    const ground = { stack, templates, progress };
    const measured: Measurement[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const together of options.onePlatformARound ? [workloads] : workloads.map((each) => [each])) {
        const groups: (() => Promise<Measurement[]>)[] = [];
        for (const workload of together) {
          if (cases.includes('raw')) groups.push(async () => [await measureRaw(ground, workload, measureMs)]);
          if (cases.includes('plan'))
            groups.push(async () => [await measurePlan(ground, workload, { measureMs, warmUpMs })]);
        }
        groups.push(() => measureProduct(ground, options, together, round));
        for (const group of turned(groups, round)) measured.push(...(await group()));
      }
    }
    const rows = rowsOf(measured);
    const openLoop: Figures['openLoop'] = [];
    for (const workload of options.openLoop && cases.includes('http') ? workloads : [])
      openLoop.push(await measureOpenLoop(ground, workload, rows, { rounds, measureMs, warmUpMs }));
    return { rows, openLoop };
  } finally {
    await stack.stop();
  }
}

async function measureProduct(
  ground: Ground,
  options: BenchOptions,
  workloads: Workload[],
  round: number,
): Promise<Measurement[]> {
  const runs = productRuns.filter((run) => options.cases.includes(run.case));
  const cases = new Set<ProductCase>(runs.map((run) => run.case));
  const kept: Measurement[] = [];
  if (runs.length === 0) return kept;
  await onPlatform(ground, {}, async (platform) => {
    const warm = { workload: workloads[0] as Workload, measureMs: options.platformWarmUpMs };
    const warmUps = await warmUp(platform, cases, warm, ground.progress);
    for (const workload of workloads)
      for (const run of turned(runs, round))
        kept.push(await measure(productOrder(platform, run, workload, options.measureMs), ground.progress));
    return [...warmUps, ...kept];
  });
  return kept;
}

/** Begins with another one every round, so that nothing always comes after the same other. */
function turned<T>(all: readonly T[], round: number): T[] {
  return all.map((_, i) => all[(i + round) % all.length] as T);
}
