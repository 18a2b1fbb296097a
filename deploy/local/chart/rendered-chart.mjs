// @ts-check
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { repoDir } from '../machine/paths.mjs';
import { runHelm } from '../tools/helm.mjs';

const helmDir = join(repoDir, 'deploy', 'helm');
export const chartDir = join(helmDir, 'smart-wallet');
export const schemaFile = join(chartDir, 'values.schema.json');
/** Values that are rendered, and what they give. */
export const valueSets = /** @type {const} */ (['minimal', 'production', 'everything']);
/** What the committed results were rendered from. */
export const inputsFile = join(helmDir, 'golden', 'inputs.sha256');

/** @typedef {{ kind: string, metadata: { name: string, labels: Record<string, string>, annotations?: Record<string, string> }, spec: any }} Manifest */

/** @param {string} set */
export const valuesFile = (set) => join(helmDir, 'values', `${set}.yaml`);
/** @param {string} set */
export const goldenFile = (set) => join(helmDir, 'golden', `${set}.yaml`);

/** @param {string} file */
export function readYaml(file) {
  return parse(readFileSync(file, 'utf8'));
}

/** @param {string} text @returns {Manifest[]} */
export function manifestsOf(text) {
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((manifest) => manifest !== null);
}

/** @param {string} helm path @param {string} set @returns {string} */
export function renderSet(helm, set) {
  const { status, stdout, stderr } = runHelm(helm, templateArgs(set));
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** @param {string} set @param {string[]} more */
export function templateArgs(set, ...more) {
  return ['template', 'wallet', chartDir, '--namespace', 'wallet', '--values', valuesFile(set), ...more];
}

/** The rules as a release has them, for its own programs alone. @param {string} rules @param {{ namespace: string, release: string, name: string }} of */
export function rulesOfPlatform(rules, { namespace, release, name }) {
  return rules
    .replaceAll('platform=~".*"', `platform="${namespace}/${release}"`)
    .replaceAll(
      'deployment=~".*smart-wallet-(gateway|engine|workers)"',
      `namespace="${namespace}", deployment=~"${name}-(gateway|engine|workers)"`,
    )
    .replaceAll('cronjob=~".*smart-wallet-audit"', `namespace="${namespace}", cronjob="${name}-audit"`)
    .replaceAll('job_name=~".*smart-wallet-audit-.*"', `namespace="${namespace}", job_name=~"${name}-audit-.*"`)
    .replaceAll('          severity: ', `          platform: ${namespace}/${release}\n          severity: `);
}

/** Rules change by themselves and have tests of their own: what is committed says only whose they are. @param {string} rendered */
export function withoutRules(rendered) {
  return rendered
    .split(/^---\n/m)
    .map((part) =>
      part.includes('\nkind: PrometheusRule\n')
        ? part.replace(/\nspec:\n[\s\S]*$/, '\nspec: {} # deploy/prometheus/rules\n')
        : part,
    )
    .join('---\n');
}

/** Of all that the results depend on: so whoever has no Helm still learns that they are old. */
export function inputsDigest() {
  const digest = createHash('sha256');
  const templates = join(chartDir, 'templates');
  const files = [
    join(chartDir, 'Chart.yaml'),
    join(chartDir, 'values.yaml'),
    ...readdirSync(templates)
      .sort()
      .map((name) => join(templates, name)),
    ...valueSets.map(valuesFile),
  ];
  for (const file of files) digest.update(readFileSync(file)).update('\0');
  return `${digest.digest('hex')}\n`;
}
