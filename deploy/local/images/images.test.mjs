// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBinary } from '../machine/binaries.mjs';
import { repoDir } from '../machine/paths.mjs';
import { freePort } from '../machine/ports.mjs';
import { SETTINGS } from '../servers/postgres-data.mjs';
import { byDefault, readComposeFile } from './compose-file.mjs';

const file = await readComposeFile();
const services = Object.entries(file.services);
const read = (/** @type {string[]} */ ...path) => readFileSync(join(repoDir, ...path), 'utf8');
const dockerfile = read('deploy', 'docker', 'Dockerfile');
/** Where each of our programs reads its environment. @type {Record<string, string[]>} */
const readers = {
  engine: ['engine', 'src', 'config.ts'],
  gateway: ['gateway', 'src', 'config.ts'],
  workers: ['workers', 'src', 'config.ts'],
  migrate: ['engine', 'src', 'migrate.ts'],
  audit: ['loadtest', 'src', 'audit', 'main.ts'],
  'mail-inbox': ['deploy', 'local', 'mail-inbox', 'main.mjs'],
};
const jobs = ['migrate', 'audit'];
/** By the rules, if by nothing else. */
const readByAll = ['WALLET_ENV', 'ALLOW_PLAINTEXT', 'WALLET_NAMESPACE', 'LOG_LEVEL'];

/** @param {string} target */
function stageOf(target) {
  const [, stage] = dockerfile.split(new RegExp(`^FROM \\S+ AS ${target}$`, 'm'));
  return stage?.split(/^FROM /m)[0];
}

describe('docker-compose.yml', () => {
  it.for(services)('%s is bounded, restarts, and may do nothing that it need not', ([name, service]) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.restart).toBe(jobs.includes(name) ? 'no' : 'unless-stopped');
    expect(byDefault(service.mem_limit ?? '')).toMatch(/^\d+[mg]$/);
    expect(service.pids_limit).toBeGreaterThan(0);
    expect(service.logging?.options).toMatchObject({ 'max-size': expect.any(String), 'max-file': expect.any(String) });
    if (!jobs.includes(name)) {
      expect(service.healthcheck ?? stageOf(service.build?.target ?? '')).toEqual(
        service.healthcheck ? expect.anything() : expect.stringContaining('HEALTHCHECK'),
      );
    }
  });

  it.for(services)('%s is an image of ours, or of one version', ([name, { image, build }]) => {
    if (build) expect(byDefault(image)).toBe(`smart-wallet/${name}:local`);
    else expect(byDefault(image)).toMatch(/^[a-z/]+:v?\d+\.\d+[\w.-]*$/);
  });

  it('what it starts is what there is a target for, and nothing else', () => {
    const built = services.flatMap(([name, { build }]) => (build ? [[name, build.target]] : []));
    expect(built.map(([name]) => name).sort()).toEqual(Object.keys(readers).sort());
    for (const [name, target] of built) expect(target).toBe(name);
  });

  it.for(Object.entries(readers))(
    '%s is told nothing that it does not read, and all that it cannot start without',
    ([name, path]) => {
      const source = read(...path);
      const rules = JSON.parse(read('engine', 'src', 'contract', 'environment.json'));
      const told = Object.keys(file.services[name]?.environment ?? {}).map((each) => each.replace(/_FILE$/, ''));
      expect(told.filter((each) => !readByAll.includes(each) && !source.includes(`'${each}'`))).toEqual([]);
      expect(told.filter((each) => !rules[each])).toEqual([]);
      const needed = Object.keys(rules).filter((each) => {
        const { optional, default: byItself, production } = rules[each];
        return !optional && byItself === undefined && production !== 'absent' && source.includes(`'${each}'`);
      });
      expect(needed.filter((each) => !told.includes(each))).toEqual([]);
    },
  );

  it('each secret that a program is told of is mounted there, and none is mounted for nothing', () => {
    for (const [, { environment = {}, secrets = [], command = [], volumes = [] }] of services) {
      const mounted = secrets.map((each) => (typeof each === 'string' ? each : each.source));
      const named = Object.values(environment).flatMap(
        (value) => /^\/run\/secrets\/(\w+)$/.exec(String(value))?.[1] ?? [],
      );
      const configured = volumes
        .flatMap((volume) => /^\.\/(deploy\/[^:]+\.conf):/.exec(volume)?.[1] ?? [])
        .flatMap((path) => [...read(path).matchAll(/\/run\/secrets\/(\w+)/g)].map(([, secret]) => secret ?? ''));
      const asFile = secrets.flatMap((each) => (typeof each === 'string' ? [] : [each.source]));
      expect([...new Set([...named, ...configured, ...asFile])].sort(), command.join(' ')).toEqual(mounted.sort());
      for (const secret of mounted) expect(file.secrets).toHaveProperty(secret);
    }
  });

  it('is reached at the balancer and at pages for this machine alone; servers are reached by programs', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, byDefault(port)]));
    expect(published).toEqual([
      ['balancer', '127.0.0.1:8080:8080'],
      ['mail-inbox', '127.0.0.1:8025:8025'],
      ['prometheus', '127.0.0.1:9090:9090'],
      ['grafana', '127.0.0.1:3001:3000'],
    ]);
    expect(file.networks.stores).toEqual({ internal: true });
    for (const server of ['postgres', 'redis', 'nats', 'rabbitmq'])
      expect(file.services[server]?.networks).toEqual(['stores']);
  });

  it('mounts files that are there', () => {
    for (const [name, { volumes = [] }] of services) {
      for (const [path] of volumes.map((volume) => volume.split(':')))
        if (path?.startsWith('./')) expect(existsSync(join(repoDir, path)), `${name}: ${path}`).toBe(true);
    }
  });

  it('Docker itself understands it', ({ skip }) => {
    const docker = findBinary('docker');
    if (!docker || spawnSync(docker, ['compose', 'version']).status !== 0)
      return skip('There is no Docker with Compose on the PATH: https://docs.docker.com/engine/install/');
    const { status, stderr } = spawnSync(docker, ['compose', '--profile', '*', 'config', '--quiet'], {
      ...{ cwd: repoDir, encoding: 'utf8' },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('the images', () => {
  it('run on the Node of package.json, pinned, and as nobody in particular', () => {
    const { devDependencies } = JSON.parse(read('package.json'));
    expect(dockerfile).toMatch(new RegExp(`^ARG NODE_IMAGE=node:${devDependencies.node.replaceAll('.', '\\.')}-`, 'm'));
    expect(read('docker-compose.yml')).toContain(`NODE_IMAGE:-node:${devDependencies.node}-`);
    expect(stageOf('runtime')).toMatch(/^USER 65532:65532$/m);
  });

  it('start what is there, and ask for their health without a shell', () => {
    for (const target of Object.keys(readers)) {
      const stage = stageOf(target) ?? '';
      const [, program = ''] = /^CMD \["([^"]+)"\]$/m.exec(stage) ?? [];
      expect(existsSync(join(repoDir, program.replace('/dist/', '/src/').replace(/\.js$/, '.ts'))), program).toBe(true);
      expect(stage).not.toMatch(/^RUN /m);
      expect(/^HEALTHCHECK .*CMD \["node", "health\.mjs", "\w+/m.test(stage)).toBe(!jobs.includes(target));
    }
    expect(stageOf('runtime')).not.toMatch(/^RUN /m);
  });

  it('are made of every workspace that package-lock.json knows', () => {
    const { workspaces } = JSON.parse(read('package.json'));
    for (const folder of workspaces) expect(dockerfile).toContain(`COPY ${folder}/package.json ${folder}/\n`);
  });
});

describe('the servers', () => {
  it('Postgres has the settings that npm start gives it', () => {
    const lines = read('deploy', 'compose', 'postgresql.conf').matchAll(/^(\w+) = (.*)$/gm);
    const { listen_addresses, unix_socket_directories, ...same } = Object.fromEntries(
      [...lines].map(([, name, value]) => [name, value]),
    );
    const wanted = Object.entries({ ...SETTINGS, listen_addresses: null, unix_socket_directories: null });
    expect(same).toEqual(
      Object.fromEntries(wanted.flatMap(([name, value]) => (value === null ? [] : [[name, `${value}`]]))),
    );
    expect([listen_addresses, unix_socket_directories]).toEqual(["'*'", "'/var/run/postgresql'"]);
  });

  it('Redis refuses to write before it is killed for its memory, and holds all the answers that it may', () => {
    const megabytesOf = (/** @type {string} */ text) => {
      const [, number, unit] = /^(\d+)([mg])b?$/.exec(text) ?? [];
      return Number(number) * (unit === 'g' ? 1024 : 1);
    };
    const { command = [], mem_limit = '' } = file.services.redis ?? {};
    const maxmemory = megabytesOf(byDefault(command[command.indexOf('--maxmemory') + 1] ?? ''));
    const { ANSWER_CACHE_MB } = JSON.parse(read('engine', 'src', 'contract', 'environment.json'));
    expect(megabytesOf(byDefault(mem_limit)) / maxmemory).toBeGreaterThanOrEqual(1.5);
    expect(maxmemory / Number(ANSWER_CACHE_MB.default)).toBeGreaterThanOrEqual(1.5);
    expect(read('deploy', 'compose', 'redis.conf')).toMatch(/^maxmemory-policy noeviction$/m);
  });

  it('Prometheus has the jobs that the rules ask for', () => {
    const jobsOf = (/** @type {string} */ text) =>
      [...text.matchAll(/job_name: (smart-wallet-\S+)/g)].map(([, job]) => job);
    expect(jobsOf(read('deploy', 'compose', 'prometheus.yml'))).toEqual(
      jobsOf(read('deploy', 'prometheus', 'prometheus.yml')),
    );
  });

  it('NATS tells who is connected within its container alone, and asks for a login', async ({ skip }) => {
    const command = findBinary('nats-server');
    if (!command)
      return skip('There is no nats-server on the PATH: apt-get install nats-server, brew install nats-server');
    const [port, httpPort] = [await freePort(), await freePort()];
    const place = mkdtempSync(join(tmpdir(), 'smart-wallet-nats-'));
    const monitoring = read('deploy', 'compose', 'nats.conf');
    expect(file.services.nats?.healthcheck?.test.at(-1)).toBe('http://127.0.0.1:8222/healthz');
    expect(monitoring).toMatch(/^http: "127\.0\.0\.1:8222"$/m);
    writeFileSync(join(place, 'compose.conf'), monitoring.replace(':8222', `:${httpPort}`));
    writeFileSync(join(place, 'nats.conf'), read('deploy', 'nats', 'nats.conf'));
    writeFileSync(join(place, 'site.conf'), 'NATS_ENGINE_PASSWORD: "one"\nNATS_GATEWAY_PASSWORD: "two"\n');
    const server = spawn(command, ['--config', join(place, 'compose.conf'), '--port', `${port}`], { stdio: 'ignore' });
    const exited = new Promise((resolve) => server.once('exit', resolve));
    try {
      const ask = (/** @type {string} */ host) =>
        fetch(`http://${host}:${httpPort}/varz`).then((response) => response.json());
      await expect
        .poll(() => ask('127.0.0.1').catch(() => null), { timeout: 10_000 })
        .toMatchObject({
          ...{ auth_required: true, port, host: '0.0.0.0' },
        });
      await expect(ask('127.0.0.2')).rejects.toThrow('fetch failed');
    } finally {
      server.kill('SIGKILL');
      await exited;
      rmSync(place, { recursive: true });
    }
  });

  it('haproxy understands its configuration', ({ skip }) => {
    const haproxy = findBinary('haproxy');
    if (!haproxy) return skip('There is no haproxy on the PATH: apt-get install haproxy, brew install haproxy');
    const { status, stderr } = spawnSync(haproxy, ['-c', '-f', join(repoDir, 'deploy', 'compose', 'haproxy.cfg')], {
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
  });
});
