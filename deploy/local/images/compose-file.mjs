// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from '../machine/paths.mjs';

/**
 * What docker-compose.yml says, as far as anything here asks for it.
 * @typedef {{
 *   image: string,
 *   build?: { target: string, secrets: string[] },
 *   command?: string[],
 *   environment?: Record<string, string | number | null>,
 *   secrets?: (string | { source: string, target: string })[],
 *   networks: string[],
 *   ports?: string[],
 *   profiles?: string[],
 *   healthcheck?: { test: string[] },
 *   restart: string,
 *   mem_limit?: string,
 *   pids_limit?: number,
 *   read_only?: boolean,
 *   cap_drop?: string[],
 *   security_opt?: string[],
 *   logging?: { options: Record<string, string> },
 *   stop_grace_period?: string,
 *   init?: boolean,
 *   depends_on?: Record<string, { condition: string }>,
 *   volumes?: string[],
 * }} Service
 * @typedef {{ services: Record<string, Service>, secrets: Record<string, { file: string }>, networks: Record<string, { internal?: boolean }> }} ComposeFile
 */

/** @returns {Promise<ComposeFile>} */
export async function readComposeFile() {
  // It has no types, and comes with the description of the API.
  const { load, YAML11_SCHEMA } = await import(/** @type {string} */ ('js-yaml'));
  return load(readFileSync(join(repoDir, 'docker-compose.yml'), 'utf8'), { schema: YAML11_SCHEMA });
}

/** `${NAME:-default}` by its default, however deep. @param {string} text */
export function byDefault(text) {
  const innermost = /\$\{\w+:-([^${}]*)\}/g;
  let now = text;
  while (innermost.test(now)) now = now.replace(innermost, '$1');
  return now;
}
