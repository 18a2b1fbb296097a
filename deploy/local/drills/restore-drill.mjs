// @ts-check
import { randomBytes, randomUUID } from 'node:crypto';
import { chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson } from '../machine/files.mjs';
import { silentLog } from '../machine/terminal.mjs';
import { envWithoutServers } from '../platform/env-without-servers.mjs';
import { migrate, startPlatform } from '../platform/platform.mjs';
import { setRolePasswords } from '../platform/roles.mjs';
import { startStack } from '../platform/stack.mjs';
import { makeThrowAwayDir, removeThrowAwayDir } from '../platform/throw-away.mjs';
import { runScript } from '../programs/run-script.mjs';
import { withClient } from '../servers/postgres-client.mjs';
import { archiveLog, layForRecovery, takeBaseBackup } from './base-backup.mjs';
import { committedIds } from './committed-ids.mjs';
import { KeyedPayments } from './keyed-payments.mjs';

/**
 * What a drill found.
 * @typedef {{
 *   wrong: string[],
 *   figures: {
 *     backupSeconds: number, backupMb: number, segments: number,
 *     paid: number, before: number, after: number,
 *     restoreSeconds: number, readySeconds: number,
 *   },
 * }} RestoreVerdict
 *   `wrong`: what must not be; empty when the drill passed. `before`, `after`: payments that were answered before the moment,
 *   and that were begun after it. `restoreSeconds`: until Postgres stood at the moment; `readySeconds`: until payments went on
 */

/**
 * Backs a platform up while it pays, loses its Postgres, restores it to a moment between two payments, and goes on. Redis is
 * the old one, and remembers answers that the restored ledger never gave.
 * @param {{ seconds?: number, callers?: number, log?: import('../machine/terminal.mjs').Log }} [options] `seconds`: how long is
 *   paid before the backup, after it, and after the moment
 * @returns {Promise<RestoreVerdict>}
 */
export async function restoreDrill({ seconds = 5, callers = 8, log = silentLog } = {}) {
  const services = /** @type {const} */ (['postgres', 'redis', 'nats']);
  const env = withoutServers();
  const lost = await startStack({ services, env, log, restart: false });
  const folder = await makeThrowAwayDir();
  const [archive, backup] = [join(folder, 'archive'), join(folder, 'base')];
  /** @type {(() => Promise<unknown>)[]} */
  const stops = [() => lost.stop(), async () => removeThrowAwayDir(folder)];
  try {
    const { uid, gid } = statSync(join(lost.dataDir, 'postgres'));
    mkdirSync(archive, { mode: 0o700 });
    chownSync(archive, uid, gid);
    await archiveLog(lost.databaseUrl, archive);
    await lost.postgres.stop();
    await lost.postgres.start();

    const platform = await startPlatform({ stack: lost, env, log, restart: false, engines: 2 });
    const traffic = new KeyedPayments(platform.token, platform.gatewayUrl);
    await traffic.makeWallets(20);
    traffic.start(callers);
    await sleep(seconds * 1_000);

    const withdrawn = await mint(platform);
    const backupSeconds = await log.step('Taking a base backup while payments go on', () =>
      timed(() => takeBaseBackup({ databaseUrl: lost.databaseUrl, dataDir: join(lost.dataDir, 'postgres'), backup })),
    );
    await sleep(seconds * 1_000);
    const asked = performance.now();
    const moment = await withClient(lost.databaseUrl, async (client) => {
      const { rows } = await client.query('SELECT clock_timestamp()::text AS now');
      return rows[0].now;
    });
    const told = performance.now();
    await sleep(seconds * 1_000);
    // What the restored ledger will not know.
    await call(platform, 'DELETE', `/api/auth/tokens/${withdrawn.tokenId}`);
    const minted = await mint(platform);
    const balance = `/api/wallets/${traffic.wallets[0]}/balance`;
    const { status: good } = await call({ ...platform, token: minted.token }, 'GET', balance);
    if (good !== 200) throw new Error(`a token that was just minted is answered ${good}`);
    const password = randomBytes(24).toString('base64url');
    await setRolePasswords(lost.databaseUrl, { wallet_engine: password });
    await log.step('Losing Postgres, engines and gateways at once', async () => {
      // What the archive has not yet is lost with the disk: here the log goes on to be archived past the moment.
      await withClient(lost.databaseUrl, (client) => client.query('SELECT pg_switch_wal()'));
      await archived(lost.databaseUrl);
      for (const each of [lost.postgres, ...platform.engines, ...platform.gateways]) each.kill();
      await traffic.stop();
      await platform.stop();
      await lost.postgres.stop();
    });

    const lostAt = performance.now();
    const dataDir = await makeThrowAwayDir();
    const secrets = { ...readJson(join(lost.dataDir, 'secrets.json')), wallet_engine: password };
    writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
    layForRecovery({ backup, archive, dataDir: join(dataDir, 'postgres'), moment });
    const restored = await log.step(`Restoring to ${moment}`, () =>
      startStack({
        ...{ dataDir, services, log: silentLog },
        env: { ...env, ...lost.environment(), DATABASE_URL: undefined },
      }),
    );
    stops.unshift(
      () => restored.stop(),
      async () => removeThrowAwayDir(dataDir),
    );
    const restoreSeconds = (performance.now() - lostAt) / 1_000;

    const before = traffic.payments.filter(({ answeredAt }) => answeredAt !== null && answeredAt < asked);
    const after = traffic.payments.filter(({ sentAt }) => sentAt > told);
    const found = await committedIds(restored.databaseUrl, traffic.payments);
    const wrong = [
      ...tell(
        before.filter(({ transactionId }) => !found.has(transactionId)),
        'answered before the moment, and lost',
      ),
      ...tell(
        after.filter(({ transactionId }) => found.has(transactionId)),
        'begun after the moment, and there',
      ),
    ];

    if (await logsIn(restored.urlFor('wallet_engine')))
      wrong.push('a password that was set after the moment opens the restored Postgres: nothing was proved about it');
    await log.step('Migrating, which gives the roles their passwords', () =>
      migrate(restored, { databaseUrl: restored.databaseUrl, env }),
    );
    if (!(await logsIn(restored.urlFor('wallet_engine'))))
      wrong.push('an engine has another password than its role after the migration');
    const audit = () =>
      runScript('loadtest/dist/audit/main.js', [], { AUDIT_DATABASE_URL: restored.urlFor('wallet_audit') });
    const auditBefore = await log.step('Proving the books as they are restored', audit);
    if (auditBefore !== 0) wrong.push(`the audit of the restored books ended with ${auditBefore}`);

    const GATEWAY_TOKEN_SECRET = randomBytes(24).toString('base64url');
    const again = await startPlatform({ stack: restored, env: { ...env, GATEWAY_TOKEN_SECRET }, log, engines: 2 });
    stops.unshift(() => again.stop());
    for (const [what, { token }] of Object.entries({ withdrawn, minted })) {
      const { status } = await call({ ...again, token }, 'GET', balance);
      if (status !== 401) wrong.push(`a token that was ${what} after the moment is answered ${status}`);
    }
    const readySeconds = (performance.now() - lostAt) / 1_000;
    const caller = new KeyedPayments(again.token, again.gatewayUrl);
    await log.step('Asking for every payment again, with its key', async () => {
      for (let at = 0; at < traffic.payments.length; at += 50) {
        await Promise.all(
          traffic.payments.slice(at, at + 50).map(async (payment) => {
            const answer = await caller.askAgain(payment);
            if (found.has(payment.transactionId) && answer.transactionId !== payment.transactionId)
              wrong.push(`${payment.key} was paid twice: ${payment.transactionId}, ${answer.transactionId}`);
            payment.transactionId = answer.transactionId;
          }),
        );
      }
    });
    const paid = await committedIds(again.databaseUrl, traffic.payments);
    wrong.push(
      ...tell(
        traffic.payments.filter(({ transactionId }) => !paid.has(transactionId)),
        'answered of a cache',
      ),
    );
    const counted = await withClient(again.databaseUrl, async (client) => {
      const { rows } = await client.query(`SELECT count(*)::int AS n FROM transactions WHERE kind = 'PAYMENT'`);
      return rows[0].n;
    });
    if (counted !== traffic.payments.length)
      wrong.push(`${traffic.payments.length} payments were asked for, and ${counted} are there`);
    await again.stop();
    stops.shift();
    const auditAfter = await log.step('Proving the books', audit);
    if (auditAfter !== 0) wrong.push(`the audit ended with ${auditAfter}`);
    const backupMb = Math.round(sizeOf(backup) / 1e6);
    return {
      wrong,
      figures: {
        ...{ backupSeconds, backupMb, segments: readdirSync(archive).length, paid: traffic.payments.length },
        ...{ before: before.length, after: after.length, restoreSeconds, readySeconds },
      },
    };
  } finally {
    for (const stop of stops) await stop();
  }
}

/** @typedef {Pick<import('../platform/platform.mjs').Platform, 'gatewayUrl' | 'token'>} Api */

/** @param {Api} api @returns {Promise<{ token: string, tokenId: string }>} a program's */
async function mint(api) {
  const { status, body } = await call(api, 'POST', '/api/auth/token', { role: 'service', caller: 'drill' });
  if (status !== 201) throw new Error(`POST /api/auth/token answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/**
 * @param {Api} api
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function call({ gatewayUrl, token }, method, path, body) {
  const response = await fetch(`${gatewayUrl}${path}`, {
    method,
    headers: {
      ...{ authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() },
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

/** @param {string} databaseUrl */
async function logsIn(databaseUrl) {
  try {
    return await withClient(databaseUrl, async () => true);
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code === '28P01') return false;
    throw error;
  }
}

/** Drills have servers of their own, whatever others run here. */
function withoutServers() {
  const { ENGINES_ACTIVE, ...env } = envWithoutServers();
  return env;
}

/** Until the segment that was just finished is in the archive. @param {string} databaseUrl */
async function archived(databaseUrl) {
  await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(`SELECT pg_walfile_name(pg_current_wal_lsn()) AS now`);
    for (;;) {
      const { rows: last } = await client.query('SELECT last_archived_wal AS done, failed_count FROM pg_stat_archiver');
      if (last[0].done && last[0].done.slice(0, 24) >= previous(rows[0].now)) return;
      await sleep(100);
    }
  });
}

/** The segment before, of the same timeline. @param {string} segment */
function previous(segment) {
  const [high, low] = [segment.slice(8, 16), segment.slice(16)].map((hex) => Number.parseInt(hex, 16));
  const number = (high ?? 0) * 256 + (low ?? 0) - 1;
  const hex = (/** @type {number} */ value) => value.toString(16).toUpperCase().padStart(8, '0');
  return segment.slice(0, 8) + hex(Math.floor(number / 256)) + hex(number % 256);
}

/** @param {readonly import('./keyed-payments.mjs').Payment[]} payments @param {string} what @returns {string[]} */
function tell(payments, what) {
  if (payments.length === 0) return [];
  const some = payments.slice(0, 5).map(({ key, transactionId }) => `${key} (${transactionId})`);
  return [`${payments.length} payments were ${what}: ${some.join(', ')}`];
}

/** Seconds. @param {() => Promise<unknown>} work */
async function timed(work) {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

/** Bytes. @param {string} path @returns {number} */
function sizeOf(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
