// @ts-check
// Finds every metric that the rules and dashboards name in the figures of running programs:
//   node deploy/local/observability/named-metrics.mjs http://gateway:3000/metrics http://engine:3101/metrics …
// Without addresses it asks the platform that `npm start` runs here. Exit code: 0 all are there, 1 some are not.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repoDir } from '../machine/paths.mjs';
import { runningPlatform } from '../platform/running-platform.mjs';

export const rulesDir = join(repoDir, 'deploy', 'prometheus', 'rules');
export const dashboardsDir = join(repoDir, 'deploy', 'grafana', 'dashboards');
const OF_HISTOGRAMS = /_(bucket|count|sum)$/;

/** The metrics that rules and dashboards name, each with the files that do. @returns {Map<string, Set<string>>} */
export function namedMetrics() {
  /** @type {Map<string, Set<string>>} */
  const named = new Map();
  for (const file of filesOf(rulesDir, dashboardsDir)) {
    for (const expression of expressionsOf(readFileSync(file, 'utf8'))) {
      for (const metric of metricsOf(expression)) named.set(metric, (named.get(metric) ?? new Set()).add(file));
    }
  }
  return named;
}

/** @param {string[]} folders */
export function filesOf(...folders) {
  return folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
}

/** `"expr": "…"` of a dashboard, `expr: …` of rules. @param {string} text */
export function expressionsOf(text) {
  return [
    ...[...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, json]) => JSON.parse(json ?? '""')),
    ...[...text.matchAll(/^ +expr: (.*)$/gm)].map(([, expression]) => expression ?? ''),
  ];
}

/** What is left of an expression without labels, strings and functions. @param {string} expression */
function metricsOf(expression) {
  const bare = expression
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  return (
    [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\s*\()\b/g)]
      .map(([name]) => name)
      // What is recorded by rules has a colon, and Prometheus' own have no such beginning.
      .filter((name) => /^(wallet_|process_|nodejs_)/.test(name))
  );
}

/**
 * @param {readonly string[]} addresses of /metrics
 * @returns {Promise<string[]>} the metrics that are named and nobody has
 */
export async function missingMetrics(addresses) {
  /** @type {Set<string>} */
  const there = new Set();
  for (const address of addresses) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    for (const [, name] of (await answer.text()).matchAll(/^# TYPE (\S+)/gm)) there.add(name ?? '');
  }
  return [...namedMetrics().keys()].filter((name) => !there.has(name) && !there.has(name.replace(OF_HISTOGRAMS, '')));
}

/** @param {ReturnType<typeof runningPlatform>} platform */
export function metricsAddresses({ gatewayUrl, processes }) {
  const healthUrls = processes.flatMap((process) => ('healthUrl' in process ? [process.healthUrl] : []));
  return [...new Set([gatewayUrl, ...healthUrls])].map((url) => `${url}/metrics`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  const missing = await missingMetrics(given.length > 0 ? given : metricsAddresses(runningPlatform()));
  const named = namedMetrics();
  for (const name of missing) console.log(`✗ ${name}: ${[...(named.get(name) ?? [])].join(', ')}`);
  if (missing.length === 0) console.log(`✓ All ${named.size} metrics that rules and dashboards name are there.`);
  process.exitCode = missing.length === 0 ? 0 : 1;
}
