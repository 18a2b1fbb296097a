// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from '../machine/paths.mjs';

/** @typedef {{ kind: string, schemes?: string[], pattern?: string, says?: string, values?: string[], min?: number, max?: number, default?: string, optional?: boolean, production?: string, start?: string }} Rule */

/** What every variable of a program may hold. @type {Record<string, Rule>} */
export const rules = JSON.parse(readFileSync(join(repoDir, 'engine/src/contract/environment.json'), 'utf8'));

const configs = {
  gateway: 'gateway/src/config.ts',
  engine: 'engine/src/config.ts',
  workers: 'workers/src/config.ts',
  migrate: 'engine/src/migrate.ts',
  audit: 'loadtest/src/audit/main.ts',
};
/** @typedef {keyof typeof configs} Program */
export const programs = /** @type {Program[]} */ (Object.keys(configs));
export const servingPrograms = /** @type {const} */ (['gateway', 'engine', 'workers']);

/** What every program reads: `readVariables` asks for it by itself. */
const ofAll = ['WALLET_ENV', 'ALLOW_PLAINTEXT'];

/** The variables that a program reads, by what its source names. @param {Program} program @returns {string[]} */
export function variablesOf(program) {
  const source = readFileSync(join(repoDir, configs[program]), 'utf8');
  const named = [...source.matchAll(/'([A-Z][A-Z0-9_]+)'/g)].map(([, name]) => name ?? '');
  return [...new Set([...ofAll, ...named])].filter((name) => name in rules);
}

/** What production asks nothing of, and whoever knows it may do something all the same. */
const ofOthers = ['OPENAI_API_KEY', 'OTEL_EXPORTER_OTLP_HEADERS'];

/** Whoever knows its value may do something: it comes from a Secret, and never stands in values. @param {string} name */
export function isSecret(name) {
  return rules[name]?.production !== undefined || ofOthers.includes(name);
}
