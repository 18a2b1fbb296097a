#!/usr/bin/env node
// @ts-check
// Replaces the containers of running programs, one at a time, by ones of the image and the configuration of now: a new one is started
// and waited for before an old one is stopped, so that no request fails. A new one that does not become ready is taken away, after its
// last lines were shown, and nothing more is replaced: exit code 1. So it is after Ctrl-C. It is waited for alone: an old one that is not
// well is replaced like the rest.
//
//   node deploy/compose/roll.mjs engine gateway workers
//
// Engines go before gateways (deploy/UPGRADE.md). It asks `docker compose`, whose COMPOSE_* variables it leaves as they are.
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAMS = ['engine', 'gateway', 'workers'];
/** `unhealthy` before that ends nothing: Docker says so after little more than a minute, and a Postgres that fails over may take longer. */
const READY_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 500;
/** A program that cannot read its configuration ends, and is started again by Docker. */
const RESTARTS_MAX = 2;
const LOG_LINES = 20;

/** @typedef {(args: string[]) => Promise<string>} Docker runs `docker ARGS`, answers what it printed, and throws when it fails */

/**
 * @param {string} service
 * @param {{
 *   docker: Docker,
 *   compose?: string[],
 *   tell?: (line: string) => void,
 *   lookEveryMs?: number,
 *   readyWithinMs?: number,
 *   signal?: AbortSignal,
 * }} options `compose`: what comes after `docker`. `signal`: somebody has had enough; what is half done is undone or ended first
 * @returns {Promise<number>} how many it replaced
 */
export async function roll(service, options) {
  const { docker, compose = ['compose'], tell = () => {}, signal } = options;
  const { lookEveryMs = LOOK_EVERY_MS, readyWithinMs = READY_WITHIN_MS } = options;
  const running = async () => (await docker([...compose, 'ps', '--quiet', service])).split('\n').filter(Boolean);
  const all = async () => (await docker([...compose, 'ps', '--all', '--quiet', service])).split('\n').filter(Boolean);
  /**
   * One that did not become ready would start again and again, own partitions or get requests, and be counted as an old one by the next
   * roll: it is taken away, after what it says has been read.
   * @param {unknown} error
   * @param {string[]} before
   */
  const withoutNewOnes = async (error, before) => {
    const { stderr, message } = /** @type {Error & { stderr?: string }} */ (error);
    const lines = [(stderr || message).trim()];
    for (const id of (await all()).filter((each) => !before.includes(each))) {
      const said = await docker(['logs', '--tail', `${LOG_LINES}`, id]).catch(() => '');
      if (said.trim()) lines.push(`The new one said:`, said.trim().replace(/^/gm, '  '));
      await docker(['stop', id]).catch(() => ''); // it may own partitions, and hands them over
      await docker(['rm', '--force', id]).then(
        () => lines.push(`The new one (${id.slice(0, 12)}) was taken away.`),
        () => lines.push(`The new one (${id.slice(0, 12)}) is still there: docker rm --force ${id.slice(0, 12)}`),
      );
    }
    return new Error(lines.join('\n'), { cause: error });
  };
  /** @param {string} id */
  const ready = async (id) => {
    const format = '{{.RestartCount}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{else}}healthy{{end}}';
    for (const until = Date.now() + readyWithinMs; ; await sleep(lookEveryMs)) {
      signal?.throwIfAborted();
      const state = (await docker(['inspect', '--format', format, id])).trim();
      const [restarts, status, health] = state.split(' ');
      if (status === 'running' && health === 'healthy') return;
      const isOver = ['exited', 'dead'].includes(`${status}`) || Number(restarts) > RESTARTS_MAX;
      if (isOver || Date.now() > until)
        throw new Error(
          `the new one did not become ready: it is ${status}, ${health}, started again ${restarts} times`,
        );
    }
  };
  const old = await running();
  for (const [i, id] of old.entries()) {
    signal?.throwIfAborted();
    tell(`${service}: starting a new one (${i + 1} of ${old.length})`);
    const before = await all();
    try {
      await docker([
        ...[...compose, 'up', '--detach', '--no-deps', '--no-recreate', '--no-build'],
        ...['--scale', `${service}=${old.length + 1}`, service],
      ]);
      const made = (await running()).filter((each) => !before.includes(each));
      if (made.length === 0) throw new Error(`no new one was made: docker compose rm ${service} removes stopped ones`);
      for (const each of made) await ready(each);
    } catch (error) {
      throw await withoutNewOnes(error, before);
    }
    tell(`${service}: stopping an old one`);
    await docker(['stop', id]);
    await docker(['rm', id]);
  }
  return old.length;
}

/** @type {Docker} */
async function dockerHere(args) {
  // In a group of its own: a Ctrl-C is ours alone, and what it asks Docker to do is done.
  const options = { maxBuffer: 16 * 1024 ** 2, detached: true };
  const { stdout, stderr } = await promisify(execFile)('docker', args, options);
  // A program that cannot start says so on its stderr.
  return args[0] === 'logs' ? `${stdout}${stderr}` : stdout;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const services = process.argv.slice(2);
  if (services.length === 0 || services.some((service) => !PROGRAMS.includes(service))) {
    console.error(`usage: node deploy/compose/roll.mjs ${PROGRAMS.map((name) => `[${name}]`).join(' ')}`);
    process.exit(2);
  }
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(name, () => {
      if (!stop.signal.aborted) console.error(`${name}: what is half done is undone or ended first.`);
      stop.abort(new Error(`stopped by ${name}`));
    });
  for (const service of services) {
    try {
      const count = await roll(service, { docker: dockerHere, tell: console.log, signal: stop.signal });
      if (count === 0) throw new Error('none is running: docker compose ps');
      console.log(`${service}: ${count} replaced`);
    } catch (error) {
      const { stderr, message } = /** @type {Error & { stderr?: string }} */ (error);
      console.error(`${service}: ${(stderr || message).trim()}`);
      console.error('The old ones that are left go on.');
      process.exit(1);
    }
  }
}
