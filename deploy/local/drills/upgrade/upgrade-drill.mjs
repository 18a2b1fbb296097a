// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../machine/terminal.mjs';
import { envWithoutServers } from '../../platform/env-without-servers.mjs';
import { migrate, startPlatform } from '../../platform/platform.mjs';
import { startStack } from '../../platform/stack.mjs';
import { runScript } from '../../programs/run-script.mjs';
import { withClient } from '../../servers/postgres-client.mjs';
import { ALL_SERVERS, PAYMENT_SERVERS } from '../../servers/servers.mjs';
import { provideDistributionPrograms } from '../../tools/distribution-programs.mjs';
import { startBalancer } from './balancer.mjs';
import { SteadyLoad } from './steady-load.mjs';

/** After each program that was replaced. */
const SETTLE_MS = 1_500;
/** As long as a balancer takes to see that a gateway is unready, and some more. */
const STOP_DELAY_MS = '2500';
const CALLERS = 8;
const EVENTS_PATIENCE_MS = 30_000;

/**
 * @typedef {{ name: string, seconds: number, requests: number, failed: number, slowestMs: number }} Phase
 * @typedef {{ wrong: string[], phases: Phase[], skipped: string[], paid: number }} UpgradeVerdict
 *   `skipped`: what this older version cannot, and why
 */

/**
 * Replaces an older version by this one, program after program, while callers pay and read through a balancer, and goes back again.
 * @param {{
 *   older: import('./older-build.mjs').OlderBuild,
 *   log?: import('../../machine/terminal.mjs').Log,
 * }} options
 * @returns {Promise<UpgradeVerdict>}
 */
export async function upgradeDrill({ older, log = silentLog }) {
  const { haproxy } = await provideDistributionPrograms(['haproxy'], log);
  const env = envWithoutServers();
  /** Programs by name that run this version already. @type {Set<string>} */
  const renewed = new Set();
  const scriptOf = (/** @type {string} */ script) => (/** @type {string} */ name) =>
    /** @type {string} */ (renewed.has(name) ? undefined : script);
  /** @type {string[]} */
  const wrong = [];
  /** @type {string[]} */
  const skipped = [];
  /** @type {Phase[]} */
  const phases = [];
  /** @type {(() => Promise<unknown>)[]} */
  const stops = [];
  try {
    // Until 0.2.0 no program could log in to NATS: logins are asked for once the older version is gone.
    const services = older.workers ? ALL_SERVERS : PAYMENT_SERVERS;
    const stack = await startStack({ services, env, log, natsLogins: false });
    stops.unshift(() => stack.stop());
    const platform = await startPlatform({
      ...{ stack, env, log, engines: 2, gateways: 2, workers: older.workers ? 1 : 0 },
      ...{ migrateScript: older.migrate, engineScript: scriptOf(older.engine), gatewayScript: scriptOf(older.gateway) },
      ...(older.workers ? { workersScript: scriptOf(older.workers) } : {}),
      // Until 0.1.0 an engine was told its name as a worker's.
      engineEnv: (name) => ({ WORKER_NAME: name }),
      gatewayEnv: () => ({ GATEWAY_STOP_DELAY_MS: STOP_DELAY_MS }),
      onIncident: ({ kind, message, logEnd }) => {
        if (kind !== 'restarted') wrong.push(`${message}\n${logEnd}`);
      },
    });
    stops.unshift(() => platform.stop());
    const balancer = await startBalancer({
      haproxy,
      gateways: platform.gateways,
      folder: stack.logsDir,
      runDir: stack.runDir,
    });
    stops.unshift(() => balancer.program.stop());
    const load = new SteadyLoad(platform.token, balancer.url);
    await load.start(CALLERS);

    const ask = async (/** @type {string} */ sql) =>
      withClient(stack.databaseUrl, async (client) => (await client.query(sql)).rows);
    const phase = async (/** @type {string} */ name, /** @type {() => Promise<unknown>} */ work) => {
      const from = performance.now();
      await log.step(name, work);
      await sleep(SETTLE_MS);
      const to = performance.now();
      const { requests, failed, slowestMs } = load.between(from, to);
      phases.push({ name, seconds: (to - from) / 1_000, requests, failed: failed.length, slowestMs });
      for (const what of new Set(failed))
        wrong.push(`${name}: ${what} (${failed.filter((each) => each === what).length} times)`);
    };
    const replace = async (/** @type {import('../../platform/platform.mjs').Service[]} */ services) => {
      for (const service of services) {
        await service.stop();
        await service.start();
        await sleep(SETTLE_MS);
      }
    };
    const { engines, gateways, workers } = platform;
    const toThis = async (/** @type {import('../../platform/platform.mjs').Service[]} */ services) => {
      for (const { name } of services) renewed.add(name);
      await replace(services);
    };
    const back = async (/** @type {import('../../platform/platform.mjs').Service[]} */ services) => {
      for (const { name } of services) renewed.delete(name);
      await replace(services);
    };

    await phase(`${older.title} alone`, () => sleep(SETTLE_MS));
    const protocol = (await ask('SELECT max(protocol)::int AS protocol FROM engine_workers'))[0]?.protocol ?? 0;
    await phase('The schema is migrated', async () => {
      await migrate(stack, { databaseUrl: stack.databaseUrl, env });
      await stack.setRolePasswords();
    });
    await phase('Engines of this version, one by one', () => toThis(engines));
    await phase('Gateways of this version, one by one', () => toThis(gateways));
    if (older.workers) await phase('Workers of this version', () => toThis(workers));
    await phase('This version alone', () => sleep(SETTLE_MS));
    const least = (await ask('SELECT protocol FROM least_protocol'))[0]?.protocol ?? 0;
    if (older.workers) await phase('Back: older workers on the newer schema', () => back(workers));
    await phase('Back: older gateways', () => back(gateways));
    if (protocol >= least) await phase('Back: older engines', () => back(engines));
    else
      skipped.push(
        `Engines of ${older.title} speak protocol ${protocol}, and since this version ran alone the ledger asks for ${least}: there is no way back to them.`,
      );
    await phase(`${older.title} alone, on the newer schema`, () => sleep(SETTLE_MS));
    await load.stop();

    const { payments } = load.payments;
    const open = payments.filter(({ transactionId }) => transactionId === null);
    for (const payment of open) payment.transactionId = (await load.payments.askAgain(payment)).transactionId;
    const ids = new Set(
      (await ask(`SELECT transaction_id AS id FROM transactions WHERE kind = 'PAYMENT'`)).map(({ id }) => id),
    );
    for (const { key, transactionId } of payments)
      if (!ids.has(transactionId)) wrong.push(`the payment ${key} is lost`);
    if (ids.size !== payments.length)
      wrong.push(`${payments.length} payments were asked for, and ${ids.size} are there`);
    if (older.workers) wrong.push(...(await unpublished(ask)));
    await balancer.program.stop();
    await platform.stop();
    const audit = await log.step('Proving the books', () =>
      runScript('loadtest/dist/audit/main.js', [], { AUDIT_DATABASE_URL: stack.urlFor('wallet_audit') }),
    );
    if (audit !== 0) wrong.push(`the audit ended with ${audit}`);
    return { wrong, phases, skipped, paid: payments.length };
  } finally {
    for (const stop of stops) await stop();
  }
}

/** Whatever was committed is published, by whichever workers. @param {(sql: string) => Promise<any[]>} ask */
async function unpublished(ask) {
  const deadline = performance.now() + EVENTS_PATIENCE_MS;
  for (;;) {
    const [lag] = await ask('SELECT batches::int FROM relay_lag');
    if (lag?.batches === 0) return [];
    if (performance.now() > deadline) return [`${lag?.batches} batches of the ledger were not published`];
    await sleep(200);
  }
}
