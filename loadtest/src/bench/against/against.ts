import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { copyDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { type Stack, startStack } from '@smart-wallet/local-stack/stack.mjs';
import { type ProductCase, productRuns } from '../cases.js';
import { assertDurable } from '../databases.js';
import { measure } from '../measure.js';
import type { Measurement } from '../measurement.js';
import { lostOf } from '../on-platform.js';
import { productOrder, warmUp } from '../product.js';
import type { Workload } from '../workload.js';
import { type Build, BuildError, type Side, sides } from './build.js';
import { auditBuild, type BuildPlatform, migrateBuild, startBuild } from './build-platform.js';
import { type Pair, sidesOf } from './pair-ratios.js';
import { giveRoleSettings, type RoleSetting, takeRoleSettings } from './role-settings.js';
import { seedOverWire } from './seed-over-wire.js';
import { ServiceTokens } from './service-tokens.js';

export interface AgainstOptions {
  builds: Record<Side, Build>;
  cases: ProductCase[];
  workloads: Workload[];
  pairs: number;
  measureMs: number;
  warmUpMs: number;
  /** This build is asked with a service's token of an identity provider, the other one with the development token. */
  asService: boolean;
}

export interface AgainstResult {
  pairs: Pair[];
  booksBalance: boolean;
}

/**
 * Both builds are started anew, on fresh databases, after so many pairs (A B, B A): one start may be luckier than the next, and
 * tables that grow favour nobody.
 */
const pairsPerStart = 2;

type Progress = (message: string) => void;

/** A seeded database of a build's own schema, to copy. */
interface Template {
  name: string;
  roleSettings: RoleSetting[];
}

interface RunningSide {
  build: Build;
  database: ScratchDatabase;
  platform: BuildPlatform;
  measured: Measurement[];
}

/**
 * Two builds on the same servers, measured by turns, case by case: both sides of a pair meet the same machine, whatever else
 * runs on it. Both are up all the time; the one that is not measured idles.
 */
export async function benchAgainst(options: AgainstOptions, progress: Progress): Promise<AgainstResult> {
  const { builds, pairs: pairCount } = options;
  progress('starting the servers');
  // The other build may be one that has no login.
  const stack = await startStack({ env: envWithoutServers(), natsLogins: false });
  const services = options.asService ? await ServiceTokens.start() : null;
  try {
    const templates = {} as Record<Side, Template>;
    for (const side of sides) {
      progress(`${side}: migrating a database, and seeding it by deposits`);
      templates[side] = await makeTemplate(builds[side], stack);
    }
    const result: AgainstResult = { pairs: [], booksBalance: true };
    for (let first = 0; first < pairCount; first += pairsPerStart) {
      const numbers = Array.from({ length: Math.min(pairsPerStart, pairCount - first) }, (_, i) => first + i);
      progress('starting both builds, and warming them up');
      const running = await startBoth(builds, { stack, templates, services });
      try {
        for (const side of sides) await warmUpSide(running[side], options, progress);
        for (const number of numbers) result.pairs.push(...(await measurePairs(running, number, options, progress)));
      } finally {
        await Promise.all(sides.map((side) => running[side].platform.stop()));
      }
      progress('auditing the books of both');
      const audits = await Promise.all(sides.map((side) => booksBalance(running[side], progress)));
      result.booksBalance &&= audits.every(Boolean);
      await Promise.all(sides.map((side) => running[side].database.drop()));
    }
    return result;
  } finally {
    await services?.close();
    await stack.stop();
  }
}

async function makeTemplate(build: Build, stack: Stack): Promise<Template> {
  const name = `bench_${build.side}`;
  await withClient(stack.databaseUrl, (client) => client.query(`CREATE DATABASE ${name}`));
  const url = Object.assign(new URL(stack.databaseUrl), { pathname: `/${name}` }).href;
  await migrateBuild(build, stack, url);
  const roleSettings = await takeRoleSettings(stack.databaseUrl);
  await giveRoleSettings(url, roleSettings);
  const platform = await startBuild(build, stack, url, null);
  try {
    await seedOverWire(platform);
  } finally {
    await platform.stop();
  }
  await withClient(url, (client) => client.query('VACUUM (FREEZE, ANALYZE)'));
  return { name, roleSettings };
}

interface StartParts {
  stack: Stack;
  templates: Record<Side, Template>;
  services: ServiceTokens | null;
}

async function startBoth(
  builds: Record<Side, Build>,
  { stack, templates, services }: StartParts,
): Promise<Record<Side, RunningSide>> {
  const start = async (side: Side): Promise<RunningSide> => {
    const database = await copyDatabase(templates[side], `run_${side}`, stack.databaseUrl);
    await giveRoleSettings(database.url, templates[side].roleSettings);
    await assertDurable(stack.urlFor('wallet_engine', database.url));
    return {
      build: builds[side],
      database,
      platform: await startBuild(builds[side], stack, database.url, side === 'this' ? services : null),
      measured: [],
    };
  };
  const own = await start('this');
  try {
    const running = { this: own, other: await start('other') };
    await withClient(stack.databaseUrl, (client) => client.query('CHECKPOINT'));
    return running;
  } catch (error) {
    await own.platform.stop();
    throw error;
  }
}

async function warmUpSide(running: RunningSide, options: AgainstOptions, progress: Progress): Promise<void> {
  const { build, platform, measured } = running;
  const order = { workload: options.workloads[0] as Workload, measureMs: options.warmUpMs };
  const warmUps = await warmUp(platform, new Set(options.cases), order, progress);
  platform.assertAlive();
  const silent = warmUps.find(({ acknowledged }) => acknowledged === 0);
  if (silent)
    throw new BuildError(
      `${build.folder} made no payment (${silent.case}): it and this driver do not understand each other`,
    );
  measured.push(...warmUps);
}

async function measurePairs(
  running: Record<Side, RunningSide>,
  number: number,
  options: AgainstOptions,
  progress: Progress,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const runs = productRuns.filter((run) => options.cases.includes(run.case));
  for (const workload of options.workloads) {
    for (const run of runs) {
      const pair = {} as Pair;
      for (const side of sidesOf(number)) {
        const order = productOrder(running[side].platform, run, workload, options.measureMs);
        pair[side] = await measure(order, (message) => progress(`${label(number, options, side)} ${message}`));
        running[side].platform.assertAlive();
        running[side].measured.push(pair[side]);
      }
      pairs.push(pair);
    }
  }
  return pairs;
}

function label(number: number, { pairs }: AgainstOptions, side: Side): string {
  return `pair ${number + 1} of ${pairs}, ${side.padEnd(5)}`;
}

async function booksBalance({ build, database, measured }: RunningSide, progress: Progress): Promise<boolean> {
  const findings = await auditBuild(build, database.url);
  if (findings !== null) progress(`${build.side}: the books do not balance\n${findings}`);
  const lost = await lostOf(database.url, measured);
  if (lost > 0) progress(`${build.side}: ${lost} acknowledged payments are not in the ledger`);
  return findings === null && lost <= 0;
}
