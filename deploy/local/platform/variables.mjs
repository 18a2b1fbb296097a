// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repoDir } from '../machine/paths.mjs';

// The programs' rules, read as data: this file also runs before anything is built.
const RULES_FILE = join(repoDir, 'engine', 'src', 'contract', 'environment.json');
const CHECKS_FILE = join(repoDir, 'engine', 'dist', 'contract', 'environment.js');

/** The launcher's own. */
const OWN = {
  WALLET_LOCAL_DIR: { start: 'where data, logs and secrets are kept (.local)' },
  ENGINE_REDIS_URL: { start: 'REDIS_URL for engines, where each program has a login of its own' },
  GATEWAY_REDIS_URL: { start: 'REDIS_URL for gateways' },
  ENGINE_NATS_URL: { start: 'NATS_URL for engines' },
  GATEWAY_NATS_URL: { start: 'NATS_URL for gateways' },
  WORKERS_AMQP_URL: { start: 'AMQP_URL for workers' },
};

/** @returns {Record<string, { start?: string, emptyIs?: string }>} */
function rules() {
  return { ...JSON.parse(readFileSync(RULES_FILE, 'utf8')), ...OWN };
}

/** What `npm start -- --help` says of the variables that matter to it. */
export function variablesHelp() {
  const told = Object.entries(rules()).flatMap(([name, { start }]) => (start ? [{ name, start }] : []));
  const width = Math.max(...told.map(({ name }) => name.length));
  const each = told.map(({ name, start }) => `  ${name.padEnd(width)}   ${start}`);
  return [
    ...each,
    `  ${'X_FILE'.padEnd(width)}   the file that holds X, instead of X: any of these, a secret above all`,
  ].join('\n');
}

/**
 * What is set, with what stands in files (X_FILE) in its place, and what the programs would refuse of it, by their own rules. Before
 * the first build nothing is known to be wrong.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ given: NodeJS.ProcessEnv, problems: string[] }>}
 */
export async function checkVariables(env) {
  if (!existsSync(CHECKS_FILE)) return { given: env, problems: [] };
  const { variableProblem, withVariableFiles } = await import(pathToFileURL(CHECKS_FILE).href);
  const { given, unread } = withVariableFiles(env);
  const set = Object.keys(rules()).filter((name) => given[name] && !unread.has(name) && !(name in OWN));
  const refused = set.map((name) => variableProblem(name, given[name])).filter((problem) => problem !== null);
  return { given, problems: [...unread.values(), ...refused] };
}

/** Slips of the pen, which would be taken for no variable at all. @param {NodeJS.ProcessEnv} env @returns {string[]} */
export function similarVariables(env) {
  const known = Object.keys(rules()).flatMap((name) => [name, `${name}_FILE`]);
  return Object.keys(env).flatMap((name) => {
    if (known.includes(name)) return [];
    const meant = known.find((each) => distance(name, each) <= SLIPS_MAX);
    return meant ? [`${name} is set, which nothing reads: was ${meant} meant?`] : [];
  });
}

const SLIPS_MAX = 2;

/** An empty variable is one that somebody's script did not fill. @param {NodeJS.ProcessEnv} env @returns {NodeJS.ProcessEnv} */
export function withoutEmpty(env) {
  const known = rules();
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name, value]) => value !== '' || known[name] === undefined || known[name].emptyIs !== undefined,
    ),
  );
}

/** How many letters must be put in, left out or changed (Levenshtein). @param {string} a @param {string} b */
function distance(a, b) {
  if (Math.abs(a.length - b.length) > SLIPS_MAX) return SLIPS_MAX + 1;
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const row = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const changed = /** @type {number} */ (above[j]) + (letter === other ? 0 : 1);
      row.push(Math.min(changed, /** @type {number} */ (above[j + 1]) + 1, /** @type {number} */ (row[j]) + 1));
    }
    above = row;
  }
  return /** @type {number} */ (above[b.length]);
}
