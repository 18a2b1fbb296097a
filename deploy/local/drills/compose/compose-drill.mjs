// @ts-check
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repoDir } from '../../machine/paths.mjs';
import { freePort } from '../../machine/ports.mjs';
import { silentLog } from '../../machine/terminal.mjs';
import { enginesActiveOn } from '../../platform/engines-active.mjs';
import { makeThrowAwayDir, removeThrowAwayDir } from '../../platform/throw-away.mjs';
import { KeyedPayments } from '../keyed-payments.mjs';
import { backToBackup } from './back-to-backup.mjs';
import { ComposeStack } from './compose-stack.mjs';
import { firstTokens } from './first-token.mjs';
import { testMail } from './test-mail.mjs';

const PREPARE = join(repoDir, 'deploy', 'compose', 'prepare.mjs');
const ROLL = join(repoDir, 'deploy', 'compose', 'roll.mjs');
const PROGRAMS = ['engine', 'gateway', 'workers'];
const SERVICES = ['gateway', 'engine', 'workers', 'balancer', 'mail-inbox', 'nats', 'redis', 'rabbitmq', 'postgres'];
const BACK_TIMEOUT_MS = 120_000;
const UP_SECONDS_MAX = 90;
const CALLERS = 8;
/** Between two payments of a caller: what is asked for is a steady stream, which is all asked for again in the end. */
const PAUSE_MS = 40;
/** Until it is as it was, and for a look at how it goes on. */
const CALM_MS = 3_000;

/**
 * What happened while the callers paid. `seconds`: until it was done, or until the container was back and healthy; `gapSeconds`: the
 * longest time in which no payment was answered.
 * @typedef {{ what: string, seconds: number, gapSeconds: number, paid: number, refused: Map<string, number> }} Event
 * @typedef {{ wrong: string[], upSeconds: number, stopSeconds: number, payments: number, acknowledged: number, events: Event[] }} ComposeVerdict
 */

/**
 * Brings docker-compose.yml up as a project of its own, pays through its balancer without a pause, and meanwhile replaces every program,
 * kills every service, and stops it all. Then everything is asked for again, and the books are audited.
 * @param {{ log?: import('../../machine/terminal.mjs').Log }} [options]
 * @returns {Promise<ComposeVerdict>}
 */
export async function composeDrill({ log = silentLog } = {}) {
  const folder = await makeThrowAwayDir();
  const ports = { balancer: await freePort(), mail: await freePort() };
  const project = `smart-wallet-drill-${process.pid}`;
  const stack = new ComposeStack(project, {
    SECRETS_DIR: join(folder, 'secrets'),
    BALANCER_PORT: String(ports.balancer),
    MAIL_PORT: String(ports.mail),
    ENGINES_ACTIVE: process.env.ENGINES_ACTIVE || String(enginesActiveOn()),
  });
  const url = `http://127.0.0.1:${ports.balancer}`;
  /** @type {string[]} */
  const wrong = [];
  /** @type {Event[]} */
  const events = [];
  try {
    await stack.run(process.execPath, [PREPARE, join(folder, 'secrets')]);
    const upSeconds = await log.step('Bringing it up', () => timed(() => up(stack)));
    if (upSeconds > UP_SECONDS_MAX)
      wrong.push(`it was ready after ${upSeconds.toFixed(0)} s, which is more than ${UP_SECONDS_MAX}`);
    const { service: token, admin } = await firstTokens(stack, url);
    const inbox = `http://127.0.0.1:${ports.mail}`;
    await log.step('Having a test mail sent', async () =>
      wrong.push(...(await testMail({ url, inbox, token: admin }))),
    );
    const reference = `drill ${randomUUID()}`;
    const traffic = Object.assign(new KeyedPayments(token, url), { reference, pauseMs: PAUSE_MS });
    await traffic.makeWallets(20);
    traffic.start(CALLERS);
    await sleep(CALM_MS);

    const watch = watcher(traffic);
    for (const service of PROGRAMS) {
      const event = await log.step(`Replacing each ${service}`, () =>
        watch(`${service}: all replaced, one at a time`, () => stack.run(process.execPath, [ROLL, service])),
      );
      events.push(event);
      if (event.refused.size > 0)
        wrong.push(`while each ${service} was replaced, payments failed: ${told(event.refused)}`);
    }
    for (const service of SERVICES) {
      events.push(await log.step(`Killing ${service}`, () => watch(`${service}: killed`, () => crash(stack, service))));
    }

    const stopSeconds = await log.step('Stopping it under load', () => timed(() => stack.compose(['stop'])));
    await traffic.stop();
    wrong.push(...(await unclean(stack)));
    await log.step('Bringing it up again', () => up(stack));
    const acknowledged = traffic.payments.filter(({ transactionId }) => transactionId !== null).length;
    await log.step('Asking for every payment again, with its key', async () => wrong.push(...(await askAll(traffic))));
    wrong.push(...(await counted({ url, token, reference, expected: traffic.payments.length })));
    await log.step('Auditing the books', () =>
      stack.compose(['run', '--rm', '--no-deps', '-T', 'audit']).catch(({ message }) => wrong.push(message)),
    );
    await log.step('Going back to a backup, as deploy/README.md says', async () =>
      wrong.push(...(await backToBackup({ stack, traffic, url, dump: join(folder, 'wallet.dump') }))),
    );
    return { wrong, upSeconds, stopSeconds, payments: traffic.payments.length, acknowledged, events };
  } catch (error) {
    const logs = join(tmpdir(), `${project}.log`);
    writeFileSync(logs, await stack.compose(['logs', '--no-color', '--timestamps']).catch(String));
    throw new Error(`${error instanceof Error ? error.message : error}\nWhat the containers said: ${logs}`);
  } finally {
    await stack.compose(['--profile', '*', 'down', '--volumes', '--remove-orphans']).catch(() => {});
    rmSync(join(folder, 'secrets'), { recursive: true, force: true });
    removeThrowAwayDir(folder);
  }
}

/** @param {ComposeStack} stack */
function up(stack) {
  return stack.compose(['up', '--detach', '--wait', '--wait-timeout', '300']);
}

/** @param {ComposeStack} stack @param {string} service */
async function crash(stack, service) {
  const [victim] = await stack.containers(service);
  const [{ image }, before] = await Promise.all([imageWithNode(stack), stack.state(victim?.id ?? '')]);
  await stack.crash(victim?.id ?? '', image);
  await stack.backAgain(victim?.id ?? '', before.startedAt, BACK_TIMEOUT_MS);
}

/** @param {ComposeStack} stack */
async function imageWithNode(stack) {
  const [engine] = await stack.containers('engine');
  return { image: (await stack.docker(['inspect', '--format', '{{.Config.Image}}', engine?.id ?? ''])).trim() };
}

/** Says what became of the payments that were asked for while something was done, and for a moment after. @param {KeyedPayments} traffic */
function watcher(traffic) {
  return async (/** @type {string} */ what, /** @type {() => Promise<unknown>} */ work) => {
    const from = traffic.payments.length;
    const seconds = await timed(work);
    await sleep(CALM_MS);
    const within = traffic.payments.slice(from);
    /** @type {Map<string, number>} */
    const refused = new Map();
    for (const { refusal } of within) if (refusal) refused.set(refusal, (refused.get(refusal) ?? 0) + 1);
    const answers = within.flatMap(({ answeredAt }) => answeredAt ?? []).sort((a, b) => a - b);
    const gaps = answers.map((at, i) => at - (answers[i - 1] ?? at));
    return { what, seconds, gapSeconds: Math.max(0, ...gaps) / 1_000, paid: answers.length, refused };
  };
}

/** Whoever is stopped ends what it does, and says 0. @param {ComposeStack} stack */
async function unclean(stack) {
  const stopped = await stack.containers();
  const states = await Promise.all(stopped.map(async ({ id, name }) => ({ name, ...(await stack.state(id)) })));
  return states.flatMap(({ name, running, exitCode }) => {
    if (running) return [`${name} still runs after the stop`];
    return exitCode === 0 ? [] : [`${name} ended with ${exitCode} when it was stopped`];
  });
}

/** @param {KeyedPayments} traffic @returns {Promise<string[]>} what is wrong */
async function askAll(traffic) {
  /** @type {string[]} */
  const wrong = [];
  for (let at = 0; at < traffic.payments.length; at += 50) {
    await Promise.all(
      traffic.payments.slice(at, at + 50).map(async (payment) => {
        const answer = await traffic.askAgain(payment);
        const known = payment.transactionId;
        if (known !== null && !answer.isReplay) wrong.push(`${payment.key} was acknowledged as ${known}, and lost`);
        else if (known !== null && answer.transactionId !== known)
          wrong.push(`${payment.key} was acknowledged as ${known}, and is ${answer.transactionId}`);
      }),
    );
  }
  return wrong;
}

/** Each is there once. @param {{ url: string, token: string, reference: string, expected: number }} options */
async function counted({ url, token, reference, expected }) {
  const query = new URLSearchParams({ reference, kind: 'PAYMENT', status: 'SUCCESS' });
  const response = await fetch(`${url}/api/transactions/totals?${query}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(20_000),
  });
  const totals = /** @type {{ count: number, complete: boolean }} */ (await response.json());
  return totals.count === expected
    ? []
    : [`${expected} payments were asked for, and the ledger has ${JSON.stringify(totals)}`];
}

/** @param {Map<string, number>} refused */
export function told(refused) {
  return [...refused].map(([what, count]) => `${count} × ${what}`).join(', ');
}

/** Seconds. @param {() => Promise<unknown>} work */
async function timed(work) {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}
