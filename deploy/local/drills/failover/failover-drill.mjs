// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../machine/terminal.mjs';
import { envWithoutServers } from '../../platform/env-without-servers.mjs';
import { startPlatform } from '../../platform/platform.mjs';
import { startStack } from '../../platform/stack.mjs';
import { runScript } from '../../programs/run-script.mjs';
import { withClient } from '../../servers/postgres-client.mjs';
import { provideDistributionPrograms } from '../../tools/distribution-programs.mjs';
import { provideFullPostgres } from '../../tools/full-postgres.mjs';
import { committedIds } from '../committed-ids.mjs';
import { KeyedPayments } from '../keyed-payments.mjs';
import { Cluster } from './cluster.mjs';
import { FAULTS } from './faults.mjs';
import { longestGap } from './gap.mjs';
import { StubbornWriter } from './stubborn-writer.mjs';

/** Under load before each fault, and after it. */
const SETTLE_MS = 3_000;
const PATIENCE_MS = 120_000;
/** So many payments after the fault, and they go on. */
const RESUMED_COUNT = 50;
const ASKED_AGAIN_AT_ONCE = 50;
/** Rows of one round's writer. */
const ROWS_MAX = 1_000_000;

/**
 * @typedef {{
 *   fault: import('./faults.mjs').FaultName,
 *   from: string,
 *   to: string,
 *   takenOverSeconds: number,
 *   gapSeconds: number,
 *   answered: number,
 *   unknown: number,
 *   backSeconds: number,
 *   back: 'rewound' | 'copied anew' | 'followed',
 *   writer: { acknowledged: number, afterwards: number, refusedWith: string },
 * }} Round
 *   `takenOverSeconds`: until another node was the primary; `gapSeconds`: without an answered payment; `unknown`: payments
 *   without a lasting answer, which are asked for again. `back`: how the old primary became a standby, `backSeconds` after it could.
 *   `writer`: who stayed connected to the old primary, `afterwards`: begun once there was another primary, and acknowledged
 * @typedef {{ wrong: string[], rounds: Round[], paid: number, again: number, ended: string[] }} FailoverVerdict
 *   `wrong`: what must not be; empty when the drill passed. `ended`: programs of the platform that ended by themselves
 */

/**
 * Pays all the while over two gateways and two engines, and takes the primary away round after round. Each payment is looked for
 * in the end, by its id, and those of unknown outcome are asked for again with their keys.
 * @param {{
 *   faults: readonly import('./faults.mjs').FaultName[],
 *   callers?: number,
 *   log?: import('../../machine/terminal.mjs').Log,
 *   onRound?: (round: Round) => void,
 * }} options
 * @returns {Promise<FailoverVerdict>}
 */
export async function failoverDrill({ faults, callers = 8, log = silentLog, onRound = () => {} }) {
  const programs = await provideDistributionPrograms(['patroni', 'etcd', 'haproxy'], log);
  const postgresBin = await provideFullPostgres(log);
  /** @type {(() => Promise<unknown>)[]} */
  const stops = [];
  try {
    const cluster = await log.step('Starting etcd, three nodes of Postgres under Patroni, and haproxy', () =>
      Cluster.start({ programs, postgresBin }),
    );
    stops.unshift(() => cluster.stop());
    await withClient(cluster.url('drill'), (client) =>
      client.query('CREATE TABLE rows_of_the_drill (n bigint PRIMARY KEY)'),
    );
    const env = { ...envWithoutServers(), DATABASE_URL: cluster.url('wallet') };
    const stack = await startStack({ services: ['postgres', 'redis', 'nats'], env, log });
    stops.unshift(() => stack.stop());
    /** @type {string[]} */
    const ended = [];
    const platform = await startPlatform({
      ...{ stack, env, log, engines: 2, gateways: 2 },
      onIncident: ({ kind, message }) => {
        if (kind === 'died') ended.push(message);
      },
    });
    stops.unshift(() => platform.stop());

    const traffic = new KeyedPayments(
      platform.token,
      platform.gateways.map(({ url }) => url),
    );
    await traffic.makeWallets(20);
    traffic.start(callers);
    /** @type {string[]} */
    const wrong = [];
    /** @type {Round[]} */
    const rounds = [];
    /** @type {number[]} */
    const rowsAcknowledged = [];
    for (const [i, fault] of faults.entries()) {
      /** @type {Round} */
      let round;
      try {
        round = await log.step(`Round ${i + 1} of ${faults.length}: the primary is ${fault}`, () =>
          oneRound({ fault, cluster, traffic, firstRow: (i + 1) * ROWS_MAX, rowsAcknowledged }),
        );
      } catch (error) {
        // Whatever has become of the cluster: what was acknowledged is looked for all the same.
        wrong.push(`round ${i + 1}, ${fault}: ${error instanceof Error ? error.message : error}`);
        break;
      }
      rounds.push(round);
      onRound(round);
      if (round.writer.afterwards > 0)
        wrong.push(`${round.from} acknowledged ${round.writer.afterwards} rows after ${round.to} had taken over`);
      if (round.writer.refusedWith !== READ_ONLY)
        wrong.push(`${round.from} came back and did not refuse writes: ${round.writer.refusedWith}`);
    }
    await traffic.stop();

    const again = await log.step('Asking again for each payment of unknown outcome, with its key', () =>
      askAgain(traffic),
    );
    const { payments } = traffic;
    const found = await committedIds(cluster.url('wallet'), payments);
    for (const { key, transactionId } of payments)
      if (!found.has(transactionId ?? ''))
        wrong.push(`the payment ${key} was acknowledged as ${transactionId}, and is lost`);
    const count = await withClient(cluster.url('wallet'), async (client) => {
      const { rows } = await client.query(`SELECT count(*)::int AS n FROM transactions WHERE kind = 'PAYMENT'`);
      return rows[0].n;
    });
    if (count !== payments.length) wrong.push(`${payments.length} payments were asked for, and ${count} are there`);
    wrong.push(...(await lostRows(cluster.url('drill'), rowsAcknowledged)));
    await platform.stop();
    stops.shift();
    const audit = await log.step('Proving the books', () =>
      runScript('loadtest/dist/audit/main.js', [], { AUDIT_DATABASE_URL: stack.urlFor('wallet_audit') }),
    );
    if (audit !== 0) wrong.push(`the audit ended with ${audit}`);
    return { wrong, rounds, paid: payments.length, again, ended };
  } finally {
    for (const stop of stops) await stop();
  }
}

/** What a standby says to whoever writes. */
const READ_ONLY = '25006';

/**
 * @param {{
 *   fault: import('./faults.mjs').FaultName,
 *   cluster: Cluster,
 *   traffic: KeyedPayments,
 *   firstRow: number,
 *   rowsAcknowledged: number[],
 * }} options
 * @returns {Promise<Round>}
 */
async function oneRound({ fault, cluster, traffic, firstRow, rowsAcknowledged }) {
  const { primary: old, synchronous } = await cluster.until('a whole cluster', () => cluster.whole());
  const others = cluster.nodes.filter((node) => node !== old);
  const writer = new StubbornWriter(old.directUrl('drill'), firstRow);
  try {
    await sleep(SETTLE_MS);
    const [first, logFrom, struckAt] = [traffic.payments.length, old.logSize(), performance.now()];
    await FAULTS[fault].strike(old, synchronous.name);
    const successor = await cluster.until('another primary', () => cluster.primary(others), PATIENCE_MS);
    const takenOverAt = performance.now();
    const answers = () => traffic.payments.flatMap(({ answeredAt }) => answeredAt ?? []);
    await cluster.until(
      'payments',
      async () => answers().filter((at) => at > takenOverAt).length >= RESUMED_COUNT,
      PATIENCE_MS,
    );
    await sleep(SETTLE_MS);
    const gap = longestGap(answers(), struckAt);

    const mendedAt = performance.now();
    FAULTS[fault].mend(old);
    await cluster.until('the old primary as a standby', () => cluster.whole(), PATIENCE_MS);
    const backSeconds = (performance.now() - mendedAt) / 1_000;
    await cluster.until('the refusal of a standby', async () => writer.lastCode === READ_ONLY, PATIENCE_MS);
    const round = traffic.payments.slice(first);
    return {
      ...{ fault, from: old.name, to: successor.name, gapSeconds: gap.seconds, backSeconds },
      takenOverSeconds: (takenOverAt - struckAt) / 1_000,
      answered: round.filter(({ answeredAt }) => answeredAt !== null).length,
      unknown: round.filter(({ refused }) => refused).length,
      back: howItCameBack(old.logSince(logFrom)),
      writer: {
        acknowledged: writer.acknowledged.length,
        afterwards: writer.since(takenOverAt).length,
        refusedWith: writer.lastCode,
      },
    };
  } finally {
    await writer.stop();
    rowsAcknowledged.push(...writer.acknowledged.map(({ n }) => n));
  }
}

/** @param {string} log of its Patroni @returns {Round['back']} */
function howItCameBack(log) {
  if (/replica has been created using|bootstrapped from leader/.test(log)) return 'copied anew';
  return /running pg_rewind from/.test(log) ? 'rewound' : 'followed';
}

/** @param {KeyedPayments} traffic @returns {Promise<number>} how many */
async function askAgain(traffic) {
  const open = traffic.payments.filter(({ answeredAt }) => answeredAt === null);
  for (let at = 0; at < open.length; at += ASKED_AGAIN_AT_ONCE) {
    await Promise.all(
      open.slice(at, at + ASKED_AGAIN_AT_ONCE).map(async (payment) => {
        payment.transactionId = (await traffic.askAgain(payment)).transactionId;
      }),
    );
  }
  return open.length;
}

/** @param {string} databaseUrl @param {readonly number[]} acknowledged */
async function lostRows(databaseUrl, acknowledged) {
  const { rows } = await withClient(databaseUrl, (client) => client.query('SELECT n::int FROM rows_of_the_drill'));
  const there = new Set(rows.map(({ n }) => n));
  const lost = acknowledged.filter((n) => !there.has(n));
  return lost.length === 0
    ? []
    : [`${lost.length} rows were acknowledged by an old primary, and are lost: ${lost.slice(0, 5)}`];
}
