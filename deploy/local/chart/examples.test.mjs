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
  // No cluster: what is there is what THERE names, and what is made is told.
  command(
    'kubectl',
    'if [ "$1" = get ]; then for each in $THERE; do case " $* " in *" $each "*) echo "secret/$each";; esac; done; exit "$FAILS"; fi',
    'echo ---',
    'cat',
  );
  // All that could be told a password: what they were told is kept.
  for (const name of ['sed', 'tr', 'awk', 'openssl'])
    command(name, `exec "$(PATH="\${PATH#*:}" command -v ${name})" "$@"`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program of the PATH, which keeps what it is called with. @param {string} name @param {string[]} lines */
function command(name, ...lines) {
  const path = join(folder, name);
  writeFileSync(path, ['#!/bin/sh', `echo "${name} $*" >> "${folder}/arguments"`, ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
}

const mail = 'smtp://wallet:a-password-of-mail@mail.example.com:587';

/** @param {Record<string, string>} [env] */
function runScript(env) {
  return spawnSync('bash', [join(examplesDir, 'secrets.sh')], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, SMTP_URL: mail, THERE: '', FAILS: '0', ...env },
  });
}

/** What secrets.sh makes, by name. @returns {Map<string, Record<string, string>>} */
function madeSecrets() {
  const { status, stdout, stderr } = runScript();
  expect(status, stderr).toBe(0);
  const made = parseAllDocuments(stdout).flatMap((document) => document.toJS() ?? []);
  return new Map(made.map(({ metadata, stringData }) => [metadata.name, stringData]));
}

it('the script tells no program a password but over its input', () => {
  const made = [...madeSecrets().values()].flatMap(Object.values).join('\n');
  const told = readFileSync(join(folder, 'arguments'), 'utf8');
  expect(told).toMatch(/^kubectl create --namespace wallet-stores -f -$/m);
  expect(made).toMatch(/[0-9a-f]{48}/);
  expect(told).not.toMatch(/[0-9a-f]{48}|a-password-of-mail/);
});

it('the logins of Redis are those of its file, line by line', () => {
  const lines = (/** @type {string} */ text) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/>\S+/, '>'));
  const made = madeSecrets().get('wallet-redis-acl')?.['user.acl'] ?? '';
  expect(made).toMatch(/ >[0-9a-f]{48} .*\n$/);
  expect(lines(made)).toEqual(lines(readFileSync(join(repoDir, 'deploy/redis/users.acl'), 'utf8')));
});

it('where one of the Secrets is there, or nobody can say so, the script makes none', () => {
  for (const there of [...madeSecrets().keys()]) {
    const { status, stdout, stderr } = runScript({ THERE: there });
    const namespace = there.startsWith('smart-wallet-') ? 'wallet' : 'wallet-stores';
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`kubectl delete secret/${there} --namespace ${namespace}\n`);
  }
  expect(runScript({ FAILS: '1' })).toMatchObject({ status: 1, stdout: '' });
});

it('the values of production ask for what there is at a first install, and let mail out where the script hands it in', () => {
  const { workers, networkPolicy } = readYaml(valuesFile('production'));
  const made = madeSecrets();
  expect(
    workers.secret.keys.filter((/** @type {string} */ key) => !(key in (made.get('smart-wallet-workers') ?? {}))),
  ).toEqual([]);
  const ports = {
    DATABASE_URL: 'postgres',
    REDIS_URL: 'redis',
    NATS_URL: 'nats',
    AMQP_URL: 'rabbitmq',
    SMTP_URL: 'smtp',
  };
  const checked = [...made.values()].flatMap(Object.entries).flatMap(([key, value]) => {
    const server = ports[/** @type {keyof typeof ports} */ (key)];
    return server ? [[server, new URL(value).port, String(networkPolicy[server].port)]] : [];
  });
  expect(checked.length).toBeGreaterThan(7);
  for (const [server, port, allowed] of checked) expect([server, port]).toEqual([server, allowed]);
  for (const file of ['deploy/KUBERNETES.md', 'deploy/helm/examples/secrets.sh']) {
    const [, port] = /SMTP_URL='[^']*:(\d+)'/.exec(readFileSync(join(repoDir, file), 'utf8')) ?? [];
    expect([file, port]).toEqual([file, String(networkPolicy.smtp.port)]);
  }
});

it('the Secrets that the script makes hold what production takes, for each program of its own', () => {
  const secrets = madeSecrets();
  const values = readYaml(valuesFile('production'));
  for (const program of programs) {
    const made = secrets.get(`smart-wallet-${program}`) ?? {};
    const asked = (program === 'migrate' ? values.migration : values[program])?.secret?.keys;
    if (asked) expect(Object.keys(made).sort()).toEqual([...asked].sort());
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
