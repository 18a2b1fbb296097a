#!/usr/bin/env node
// @ts-check
// Replaces the containers of running programs, one at a time, by ones of the image and the configuration of now: a new one is started
// and waited for before an old one is stopped, so that no request fails.
//
//   node deploy/compose/roll.mjs engine gateway workers
//
// Engines go before gateways (deploy/UPGRADE.md). It asks `docker compose`, whose COMPOSE_* variables it leaves as they are.
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROGRAMS = ['engine', 'gateway', 'workers'];
const READY_SECONDS_MAX = 120;

/** @typedef {(args: string[]) => Promise<string>} Docker runs `docker ARGS`, answers what it printed, and throws when it fails */

/**
 * @param {string} service
 * @param {{ docker: Docker, compose?: string[], tell?: (line: string) => void }} options `compose`: what comes after `docker`
 * @returns {Promise<number>} how many it replaced
 */
export async function roll(service, { docker, compose = ['compose'], tell = () => {} }) {
  const running = async () => (await docker([...compose, 'ps', '--quiet', service])).split('\n').filter(Boolean);
  const old = await running();
  for (const [i, id] of old.entries()) {
    tell(`${service}: starting a new one (${i + 1} of ${old.length})`);
    await docker([
      ...[...compose, 'up', '--detach', '--no-deps', '--no-recreate', '--no-build'],
      ...['--wait', '--wait-timeout', `${READY_SECONDS_MAX}`, '--scale', `${service}=${old.length + 1}`, service],
    ]);
    tell(`${service}: stopping an old one`);
    await docker(['stop', id]);
    await docker(['rm', id]);
  }
  return old.length;
}

/** @type {Docker} */
async function dockerHere(args) {
  const { stdout } = await promisify(execFile)('docker', args, { maxBuffer: 16 * 1024 ** 2 });
  return stdout;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const services = process.argv.slice(2);
  if (services.length === 0 || services.some((service) => !PROGRAMS.includes(service))) {
    console.error(`usage: node deploy/compose/roll.mjs ${PROGRAMS.map((name) => `[${name}]`).join(' ')}`);
    process.exit(2);
  }
  for (const service of services) {
    try {
      const count = await roll(service, { docker: dockerHere, tell: console.log });
      if (count === 0) throw new Error('none is running: docker compose ps');
      console.log(`${service}: ${count} replaced`);
    } catch (error) {
      const { stderr, message } = /** @type {Error & { stderr?: string }} */ (error);
      console.error(`${service}: ${(stderr || message).trim()}`);
      console.error('The old ones that are left go on. What the new one says: docker compose logs --tail 50');
      process.exit(1);
    }
  }
}
