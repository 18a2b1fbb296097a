// @ts-check
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { repoDir } from '../machine/paths.mjs';
import { programs, rules, variablesOf } from './program-variables.mjs';
import { readYaml, valuesFile } from './rendered-chart.mjs';

const examplesDir = join(repoDir, 'deploy', 'helm', 'examples');
// By its address: this folder is compiled before the engine is.
const { readVariables } = await import(pathToFileURL(join(repoDir, 'engine/dist/contract/environment.js')).href);

/** @type {string} */
let folder;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'smart-wallet-examples-'));
  // No cluster: nothing is there yet, and what is made is told.
  const kubectl = '#!/bin/sh\n[ "$1" = get ] && exit 1\necho ---\ncat\n';
  writeFileSync(join(folder, 'kubectl'), kubectl);
  chmodSync(join(folder, 'kubectl'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What secrets.sh makes, by name. @returns {Map<string, Record<string, string>>} */
function madeSecrets() {
  const { status, stdout, stderr } = spawnSync('bash', [join(examplesDir, 'secrets.sh')], {
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${folder}:${process.env.PATH}`,
      SMTP_URL: 'smtps://wallet:a-password-of-mail@mail.example.com:465',
    },
  });
  expect(status, stderr).toBe(0);
  const made = parseAllDocuments(stdout).flatMap((document) => document.toJS() ?? []);
  return new Map(made.map(({ metadata, stringData }) => [metadata.name, stringData]));
}

it('the Secrets that the script makes hold what production takes, for each program of its own', () => {
  const secrets = madeSecrets();
  const values = readYaml(valuesFile('production'));
  for (const program of programs) {
    const made = secrets.get(`smart-wallet-${program}`) ?? {};
    const asked = (program === 'migrate' ? values.migration : values[program])?.secret?.keys;
    // A token is minted once the platform runs.
    if (asked)
      expect(Object.keys(made).sort()).toEqual(
        asked.filter((/** @type {string} */ key) => key !== 'WORKER_TOKEN').sort(),
      );
    const names = variablesOf(program).filter((name) => name in made || rules[name]?.production === 'absent');
    expect(names.length).toBeGreaterThanOrEqual(Object.keys(made).length);
    expect(() => readVariables({ WALLET_ENV: 'production', ...made }, /** @type {any} */ (names))).not.toThrow();
  }
  const passwords = [...secrets.values()].flatMap(Object.values).flatMap((text) => text.match(/[0-9a-f]{48}/g) ?? []);
  expect(new Set(passwords).size).toBe(12);
});

it('the examples are of operators, and of no registry that is gone', () => {
  for (const name of readdirSync(examplesDir).filter((file) => file.endsWith('.yaml'))) {
    const text = JSON.stringify(
      parseAllDocuments(readFileSync(join(examplesDir, name), 'utf8')).map((document) => document.toJS()),
    );
    expect(text).not.toMatch(/bitnami|k8s\.gcr\.io|docker\.io\/bitnami/);
  }
});
