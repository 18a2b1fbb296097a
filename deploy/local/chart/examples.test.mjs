// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findBinary } from '../machine/binaries.mjs';
import { repoDir } from '../machine/paths.mjs';
import { freePort } from '../machine/ports.mjs';
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
    'case " $* " in *" $REFUSES "*) cat >/dev/null; exit 1;; esac',
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

/** What kubectl says: nothing is there, and all is made. */
const answering = { THERE: '', FAILS: '0', REFUSES: 'nothing' };

/** @param {Record<string, string>} [env] */
function runScript(env) {
  return spawnSync('bash', [join(examplesDir, 'secrets.sh')], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, SMTP_URL: mail, ...answering, ...env },
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

it('a run that breaks off half way says how to go on', () => {
  // The stores' Secrets are made, and the first one of the programs is not.
  const { status, stdout, stderr } = runScript({ REFUSES: 'wallet' });
  expect(status).not.toBe(0);
  expect(stdout).toContain('name: wallet-postgres-owner');
  expect(stdout).not.toContain('name: smart-wallet-');
  expect(stderr).toBe('Broken off: run this again, and it says what to delete first.\n');
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
    const asked = values[program === 'migrate' ? 'migration' : program]?.secret?.keys;
    if (asked) expect(Object.keys(made).sort()).toEqual([...asked].sort());
    const names = variablesOf(program).filter((name) => name in made || rules[name]?.production === 'absent');
    expect(names.length).toBeGreaterThanOrEqual(Object.keys(made).length);
    expect(() => readVariables({ WALLET_ENV: 'production', ...made }, /** @type {any} */ (names))).not.toThrow();
  }
  const passwords = [...secrets.values()].flatMap(Object.values).flatMap((text) => text.match(/[0-9a-f]{48}/g) ?? []);
  expect(new Set(passwords).size).toBe(13);
});

describe('the routes of NATS', () => {
  const { cluster, nats, merge } = readYaml(join(examplesDir, 'nats-values.yaml')).config;

  it('are encrypted and proved on both ends, and have a login from the Secret', () => {
    expect(cluster.tls).toEqual({
      enabled: true,
      secretName: nats.tls.secretName,
      dir: '/etc/nats-certs/cluster',
      merge: { ca_file: '/etc/nats-certs/cluster/ca.crt', verify: true },
    });
    const made = madeSecrets().get('wallet-nats') ?? {};
    for (const path of Object.values({ ...cluster.merge, ...merge }))
      expect(['nats.conf', ...Object.keys(made)]).toContain(String(path).replace('../smart-wallet/', ''));
    const [, password] =
      /^authorization \{ user: route, password: '([0-9a-f]{48})' \}$/m.exec(made['routes.conf'] ?? '') ?? [];
    expect(made['routes.conf']?.match(/'tls:[^']*'/g)).toEqual(
      Array.from(
        { length: cluster.replicas },
        (_, i) => `'tls://route:${password}@wallet-nats-${i}.wallet-nats-headless:6222'`,
      ),
    );
    expect(made['site.conf']).not.toContain(password);
  });

  it('join the servers that know the login, and nobody else', { timeout: 60_000 }, async ({ skip }) => {
    const command = findBinary('nats-server');
    if (!command)
      return skip('There is no nats-server on the PATH: apt-get install nats-server, brew install nats-server');
    const made = madeSecrets().get('wallet-nats') ?? {};
    const place = mkdtempSync(join(folder, 'nats-'));
    const [first, second, stranger] = [await natsPorts(), await natsPorts(), await natsPorts()];
    const hosts = [first, second, first].map(({ route }) => `127.0.0.1:${route}`);
    // Certificates aside: whether a login is asked for is what this is about.
    const routes = (made['routes.conf'] ?? '')
      .replaceAll('tls://', 'nats://')
      .replace(/wallet-nats-(\d)\.wallet-nats-headless:6222/g, (_, i) => hosts[i] ?? '');
    mkdirSync(join(place, 'smart-wallet'));
    writeFileSync(join(place, 'smart-wallet', 'nats.conf'), readFileSync(join(repoDir, 'deploy/nats/nats.conf')));
    writeFileSync(join(place, 'smart-wallet', 'site.conf'), made['site.conf'] ?? '');
    writeFileSync(join(place, 'smart-wallet', 'routes.conf'), routes);
    mkdirSync(join(place, 'config'));
    const ofChart = (/** @type {NatsPorts} */ ports, /** @type {string} */ more) =>
      natsConfig(ports, `routes: ["nats://127.0.0.1:${first.route}"]\n${more}`);
    const include = (/** @type {Record<string, string>} */ { zz$include: path }) => `include ${path};`;
    const files = [
      ofChart(first, include(cluster.merge)),
      ofChart(second, include(cluster.merge)),
      ofChart(stranger, ''),
    ].map((text, i) => {
      const file = join(place, 'config', `${i}.conf`);
      writeFileSync(file, `include ${merge['00$include']};\n${text}`);
      return file;
    });
    const servers = files.map((file) => spawn(command, ['--config', file], { stdio: 'ignore' }));
    const exited = servers.map((server) => new Promise((resolve) => server.once('exit', resolve)));
    /** Who it is, and who its routes lead to. @param {NatsPorts} ports */
    const routesOf = async ({ http }) => {
      const answer = await fetch(`http://127.0.0.1:${http}/routez`);
      const { server_id, routes } = /** @type {any} */ (await answer.json());
      const others = (routes ?? []).map((/** @type {{ remote_id: string }} */ { remote_id }) => remote_id);
      return { id: server_id, others: [...new Set(others)] };
    };
    try {
      const joined = async () => {
        const [one, two] = [await routesOf(first), await routesOf(second)];
        return one.others.includes(two.id) && two.others.includes(one.id);
      };
      await expect.poll(() => joined().catch(() => false), { timeout: 20_000, interval: 100 }).toBe(true);
      await expect
        .poll(() => routesOf(stranger).catch(() => null), { timeout: 20_000, interval: 100 })
        .toMatchObject({ others: [] });
      // It goes on asking, and is not let in.
      await new Promise((over) => setTimeout(over, 2_000));
      const [one, two, three] = [await routesOf(first), await routesOf(second), await routesOf(stranger)];
      expect([one.others, two.others, three.others]).toEqual([[two.id], [one.id], []]);
    } finally {
      for (const server of servers) server.kill('SIGKILL');
      await Promise.all(exited);
    }
  });
});

/** @typedef {{ client: number, route: number, http: number }} NatsPorts */

/** @returns {Promise<NatsPorts>} */
async function natsPorts() {
  return { client: await freePort(), route: await freePort(), http: await freePort() };
}

/** @param {NatsPorts} ports @param {string} cluster */
function natsConfig({ client, route, http }, cluster) {
  return [
    `server_name: server-${route}`,
    `listen: "127.0.0.1:${client}"`,
    `http: "127.0.0.1:${http}"`,
    `cluster { name: wallet, listen: "127.0.0.1:${route}", no_advertise: true`,
    cluster,
    '}',
    '',
  ].join('\n');
}

it('nobody reaches a store but whom a policy names, and that is who calls it', () => {
  const policies = readdirSync(examplesDir)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(readFileSync(join(examplesDir, file), 'utf8')).map((each) => each.toJS()))
    .filter((each) => each.kind === 'NetworkPolicy');
  expect(policies.find(({ spec }) => JSON.stringify(spec.podSelector) === '{}')?.spec.ingress).toBeUndefined();
  const { networkPolicy } = readYaml(valuesFile('production'));
  const wallet = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'wallet' } } };
  for (const server of ['postgres', 'redis', 'nats', 'rabbitmq']) {
    const { metadata, spec } = policies.find(({ metadata: its }) => its.name === `wallet-${server}`);
    expect([metadata.namespace, spec.policyTypes]).toEqual(['wallet-stores', ['Ingress']]);
    for (const { from } of spec.ingress) expect(from?.length, server).toBeGreaterThan(0);
    const forPrograms = spec.ingress.filter((/** @type {any} */ { from }) =>
      from.some((/** @type {object} */ peer) => JSON.stringify(peer) === JSON.stringify(wallet)),
    );
    expect(forPrograms.map((/** @type {any} */ { ports }) => ports)).toEqual([
      [{ protocol: 'TCP', port: networkPolicy[server].port }],
    ]);
  }
});

it('the images that are built by hand are all that the chart starts', () => {
  const built = /^ +for program in (.*); do$/m.exec(readFileSync(join(repoDir, 'deploy/KUBERNETES.md'), 'utf8'))?.[1];
  expect(built?.split(' ').sort()).toEqual([...programs].sort());
});

it('the ledger is backed up, its log too, and Prometheus may ask how old that is', () => {
  const read = (/** @type {string} */ file) =>
    parseAllDocuments(readFileSync(join(examplesDir, file), 'utf8')).map((each) => each.toJS());
  const [cluster, policy] = read('postgres.yaml');
  const [store, schedule, ...others] = read('backup.yaml');
  // Where nobody has the kinds of the Prometheus operator, the rest is applied all the same.
  expect(others).toEqual([]);
  const [monitor] = read('postgres-monitor.yaml');
  expect(monitor.kind).toBe('PodMonitor');
  const [plugin] = cluster.spec.plugins;
  expect(plugin).toMatchObject({ isWALArchiver: true, parameters: { barmanObjectName: store.metadata.name } });
  expect(schedule.spec).toMatchObject({
    ...{ method: 'plugin', immediate: true },
    cluster: { name: cluster.metadata.name },
    pluginConfiguration: { name: plugin.name },
  });
  // CloudNativePG counts seconds first: with five fields it would be another time.
  expect(schedule.spec.schedule.split(' ')).toHaveLength(6);
  expect(new Set([cluster, policy, store, schedule, monitor].map(({ metadata }) => metadata.namespace)).size).toBe(1);
  expect(monitor.spec.selector).toEqual(policy.spec.podSelector);
  // Whatever it is called: one that is restored has another name.
  const ofClusters = { matchExpressions: [{ key: 'cnpg.io/cluster', operator: 'Exists' }] };
  expect(policy.spec.podSelector).toEqual(ofClusters);
  expect(policy.spec.ingress).toContainEqual({
    ports: [5432, 8000].map((port) => ({ protocol: 'TCP', port })),
    from: [{ podSelector: ofClusters }],
  });
  expect(policy.spec.ingress.flatMap((/** @type {any} */ { ports }) => ports)).toContainEqual({
    protocol: 'TCP',
    port: 9187,
  });
});

it('the examples are of operators, and of no registry that is gone', () => {
  for (const name of readdirSync(examplesDir).filter((file) => file.endsWith('.yaml'))) {
    const text = JSON.stringify(
      parseAllDocuments(readFileSync(join(examplesDir, name), 'utf8')).map((document) => document.toJS()),
    );
    expect(text).not.toMatch(/bitnami|k8s\.gcr\.io|docker\.io\/bitnami/);
  }
});
