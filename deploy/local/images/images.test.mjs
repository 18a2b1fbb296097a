// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { commandsOfReadme } from '../drills/compose/back-to-backup.mjs';
import { findBinary } from '../machine/binaries.mjs';
import { repoDir } from '../machine/paths.mjs';
import { freePort } from '../machine/ports.mjs';
import { startMailInbox } from '../mail-inbox/mail-inbox.mjs';
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
/** Nobody needs them, and no script can make them. */
const othersSecrets = ['worker_token', 'openai_api_key', 'otel_headers'];
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

describe('the secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-secrets-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const prepare = (/** @type {NodeJS.ProcessEnv} */ env = {}) => {
    const script = join(repoDir, 'deploy', 'compose', 'prepare.mjs');
    const { stdout, status, stderr } = spawnSync(process.execPath, [script, folder], {
      ...{ encoding: 'utf8', env: { PATH: process.env.PATH, COMPOSE_ENV_FILES: '/dev/null', ...env } },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout;
  };
  const secret = (/** @type {string} */ name) => readFileSync(join(folder, name), 'utf8').trim();

  it('are all made by one command, once, for nobody else of this machine', () => {
    prepare();
    const wanted = Object.entries(file.secrets).filter(([, { file: path }]) => path.includes('SECRETS_DIR'));
    for (const [name, { file: path }] of wanted) {
      expect(byDefault(path)).toBe(`./deploy/compose/secrets/${name}`);
      expect(secret(name) === '').toBe(othersSecrets.includes(name));
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(read('.gitignore')).toMatch(/^deploy\/compose\/secrets\/$/m);
    const before = readdirSync(folder).map(secret);
    expect(prepare()).toContain('All secrets are there');
    expect(readdirSync(folder).map(secret)).toEqual(before);
  });

  it('that somebody wrote are read by the programs, and may be written again', () => {
    const path = join(folder, 'smtp_url');
    writeFileSync(path, 'smtps://me:secret@mail.example.com:465\n');
    chmodSync(path, 0o600);
    prepare();
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(secret('smtp_url')).toBe('smtps://me:secret@mail.example.com:465');
    rmSync(path);
    prepare();
  });

  it('that was deleted is made anew, and so is what is made of it', () => {
    const [url, password, other] = [
      secret('engine_redis_url'),
      secret('engine_redis_password'),
      secret('engine_password'),
    ];
    rmSync(join(folder, 'engine_redis_password'), { force: true });
    expect(prepare()).toMatch(/engine_redis_password, redis_acl, engine_redis_url\./);
    expect(secret('engine_redis_password')).not.toBe(password);
    expect(secret('engine_redis_url')).toBe(url.replace(password, secret('engine_redis_password')));
    expect(secret('engine_password')).toBe(other);
    expect(secret('redis_acl')).not.toContain(secret('engine_redis_password'));
  });

  it('that is named is made anew where it is random, and nothing else is touched', () => {
    const run = (/** @type {string[]} */ ...args) =>
      spawnSync(process.execPath, [join(repoDir, 'deploy', 'compose', 'prepare.mjs'), ...args], {
        ...{ encoding: 'utf8', env: { PATH: process.env.PATH, COMPOSE_ENV_FILES: '/dev/null' } },
      });
    const before = Object.fromEntries(readdirSync(folder).map((name) => [name, secret(name)]));
    expect(run('--anew', 'gateway_token_secret', folder).status).toBe(0);
    const after = Object.fromEntries(readdirSync(folder).map((name) => [name, secret(name)]));
    expect(after.gateway_token_secret).not.toBe(before.gateway_token_secret);
    expect({ ...after, gateway_token_secret: '' }).toEqual({ ...before, gateway_token_secret: '' });
    const { status, stderr } = run('--anew', 'smtp_url', '--anew', 'toString', folder);
    expect([status, stderr]).toEqual([
      1,
      'Not a random secret of this folder, and left as it is: smtp_url, toString.\n',
    ]);
    expect(secret('smtp_url')).toBe(before.smtp_url);
    expect(run('--new', 'x', folder)).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage: ') });
  });

  it('are not made where a file of settings is named that is not there', () => {
    const script = join(repoDir, 'deploy', 'compose', 'prepare.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script], {
      ...{ encoding: 'utf8', env: { PATH: process.env.PATH, COMPOSE_ENV_FILES: '/no/such/file' } },
    });
    expect([status, stderr]).toEqual([
      1,
      'COMPOSE_ENV_FILES names /no/such/file, and it is not there (in a container: mount it).\n',
    ]);
  });

  it('are made in the folder that Compose mounts, wherever that is named', () => {
    const place = mkdtempSync(join(tmpdir(), 'smart-wallet-env-'));
    const script = join(repoDir, 'deploy', 'compose', 'prepare.mjs');
    const run = (/** @type {NodeJS.ProcessEnv} */ env) => {
      const options = /** @type {const} */ ({ encoding: 'utf8', env: { PATH: process.env.PATH, ...env } });
      const { stdout, stderr, status } = spawnSync(process.execPath, [script], { cwd: place, ...options });
      return { said: stdout + stderr, status };
    };
    const [first, second, third] = ['first', 'second', 'third'].map((name) => join(place, name));
    writeFileSync(join(place, 'a.env'), `SECRETS_DIR=${first}\nSMTP_URL='smtps://mail.example.com'\n`);
    writeFileSync(join(place, 'b.env'), `export SECRETS_DIR="${second}" # the later one\n`);
    expect(run({ COMPOSE_ENV_FILES: 'a.env' }).said).toContain(`Made in ${first}`);
    const both = run({ COMPOSE_ENV_FILES: 'a.env,b.env' }).said;
    expect(both).toContain(`Made in ${second}`);
    expect(both).toContain(`SMTP_URL is set, and is not read from there: write its value into ${second}/smtp_url`);
    expect(run({ COMPOSE_ENV_FILES: 'a.env,b.env', SECRETS_DIR: third }).said).toContain(`Made in ${third}`);
    writeFileSync(join(place, 'b.env'), 'SECRETS_DIR=$HOME/secrets\n');
    expect(run({ COMPOSE_ENV_FILES: 'a.env,b.env' })).toMatchObject({
      ...{ status: 1, said: expect.stringContaining('write the path out') },
    });
    rmSync(place, { recursive: true });
  });

  it('that a person chose may hold anything', () => {
    const chosen = 'p#ss/w?rd%41@:"\\ x[';
    const passwords = ['postgres', 'engine', 'engine_redis', 'engine_nats', 'workers_amqp'].map(
      (name) => `${name}_password`,
    );
    for (const name of passwords) writeFileSync(join(folder, name), `${chosen}\n`);
    prepare();
    const urls = ['owner_database', 'engine_database', 'engine_redis', 'engine_nats', 'workers_amqp'];
    for (const name of urls) expect(decodeURIComponent(new URL(secret(`${name}_url`)).password), name).toBe(chosen);
    expect(secret('nats_site')).toContain(`NATS_ENGINE_PASSWORD: ${JSON.stringify(chosen)}`);
    for (const name of passwords) rmSync(join(folder, name));
    prepare();
  });

  it('of others are written into their files, stay there, and stand in no environment', () => {
    const url = 'smtps://wallet:a-password-of-mine@mail.example.com';
    for (const [name, text] of [
      ['smtp_url', url],
      ['openai_api_key', 'a-key-of-mine'],
    ]) {
      const path = join(folder, name ?? '');
      chmodSync(path, 0o600);
      writeFileSync(path, `${text}\n`);
    }
    expect(prepare()).toContain('Kept, for it is not what this script made: smtp_url, openai_api_key.');
    expect([secret('smtp_url'), secret('openai_api_key'), secret('worker_token')]).toEqual([url, 'a-key-of-mine', '']);
    const settings = join(folder, 'settings');
    writeFileSync(settings, 'ENGINES=3\nWORKER_TOKEN=a-token-of-mine\nOPENAI_API_KEY=\n');
    const said = prepare({ COMPOSE_ENV_FILES: settings, SMTP_URL: url });
    rmSync(settings);
    expect(said).toMatch(/^SMTP_URL is set, and is not read from there: write its value into .*\/smtp_url$/m);
    expect(said).toMatch(/^WORKER_TOKEN is set, .*\/worker_token$/m);
    expect(said).not.toMatch(/OPENAI_API_KEY is set|a-token-of-mine|a-password-of-mine/);
    const secretLooking = /TOKEN$|SECRET$|PASSWORD$|_KEY$|_HEADERS$|^(SMTP|AMQP|REDIS|NATS|DATABASE)_URL$/;
    for (const [name, { environment = {} }] of services)
      expect([name, ...Object.keys(environment).filter((each) => secretLooking.test(each))]).toEqual([name]);
  });

  it('are taken by the programs, also where money is real', async () => {
    const { readVariables } = await import(
      pathToFileURL(join(repoDir, 'engine', 'dist', 'contract', 'environment.js')).href
    );
    for (const [, { environment = {} }] of services) {
      const files = Object.entries(environment).flatMap(([name, value]) => {
        const named = /^\/run\/secrets\/(\w+)$/.exec(String(value))?.[1];
        return named && name.endsWith('_FILE') && !/^(POSTGRES|GF)_/.test(name) ? [[name, join(folder, named)]] : [];
      });
      const env = { WALLET_ENV: 'production', ALLOW_PLAINTEXT: 'on', ...Object.fromEntries(files) };
      // WORKER_TOKEN is asked for where GATEWAY_URL is set alone.
      const names = files.map(([name = '']) => name.replace(/_FILE$/, '')).filter((name) => name !== 'WORKER_TOKEN');
      expect(() => readVariables(env, names)).not.toThrow();
    }
  });

  it('let the workers, as they run there, hand a mail to the inbox', async () => {
    const importOf = (/** @type {string[]} */ ...path) => import(pathToFileURL(join(repoDir, ...path)).href);
    const { readConfig } = await importOf('workers', 'dist', 'config.js');
    const { MailServer } = await importOf('workers', 'dist', 'mail', 'mail-server.js');
    rmSync(join(folder, 'smtp_url'), { force: true });
    prepare();
    const inbox = await startMailInbox();
    const settings = Object.entries(file.services.workers?.environment ?? {}).flatMap(([name, value]) => {
      const secretName = /^\/run\/secrets\/(\w+)$/.exec(String(value))?.[1];
      return value === null ? [] : [[name, secretName ? join(folder, secretName) : byDefault(String(value))]];
    });
    const { smtpUrl, mailFrom: from, production, plaintextAllowed } = readConfig(Object.fromEntries(settings));
    expect(production).toBe(true);
    const url = smtpUrl.replace('mail-inbox:1025', new URL(inbox.smtpUrl).host);
    const server = new MailServer({ url, from, production, plaintextAllowed });
    expect(await server.trouble()).toBe(null);
    server.close();
    await inbox.close();
  });

  it('that are empty files are none to the workers, and a token is asked for only by who acts over the API', async () => {
    const { readConfig } = await import(pathToFileURL(join(repoDir, 'workers', 'dist', 'config.js')).href);
    const named = Object.entries(file.services.workers?.environment ?? {}).flatMap(([name, value]) => {
      const secretName = /^\/run\/secrets\/(\w+)$/.exec(String(value))?.[1];
      return secretName ? [[name, join(folder, secretName)]] : [];
    });
    const env = { WALLET_ENV: 'production', ALLOW_PLAINTEXT: 'on', ...Object.fromEntries(named) };
    const path = join(folder, 'openai_api_key');
    chmodSync(path, 0o600);
    writeFileSync(path, '\n');
    expect(readConfig(env).model).toBe(null);
    expect(() => readConfig({ ...env, GATEWAY_URL: 'http://balancer:8080' })).toThrow(/WORKER_TOKEN is not set/);
    writeFileSync(path, 'a-key-of-mine\n');
    expect(readConfig(env).model).toMatchObject({ apiKey: 'a-key-of-mine' });
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

describe('the backup of deploy/README.md', () => {
  it.for(
    /** @type {[string, string, Record<string, string>][]} */ ([
      ['a whole one', 'echo the-ledger', { 'wallet.dump': 'the-ledger\n' }],
      ['none where it breaks off', 'echo half-a-ledger; exit 1', { 'wallet.dump.part': 'half-a-ledger\n' }],
    ]),
  )('is %s, which nobody else reads', ([, script, files]) => {
    const place = mkdtempSync(join(tmpdir(), 'smart-wallet-backup-'));
    const bin = join(place, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    spawnSync('bash', ['-c', commandsOfReadme().backUp], {
      ...{ cwd: place, env: { PATH: `${bin}:${process.env.PATH}` } },
    });
    const made = readdirSync(place).filter((name) => name !== 'bin');
    expect(Object.fromEntries(made.map((name) => [name, readFileSync(join(place, name), 'utf8')]))).toEqual(files);
    for (const name of made) expect(statSync(join(place, name)).mode & 0o777).toBe(0o600);
    rmSync(place, { recursive: true });
  });
});

describe('roll.mjs', () => {
  it('starts a new container of a service, and waits for it, before it stops an old one', async () => {
    const { roll } = await import(pathToFileURL(join(repoDir, 'deploy', 'compose', 'roll.mjs')).href);
    let running = ['old-1', 'old-2'];
    let made = 0;
    /** @type {number[]} */
    const counts = [];
    const states = ['0 running starting', '0 running healthy', '0 created starting', '1 running healthy'];
    const docker = async (/** @type {string[]} */ args) => {
      if (args.includes('ps')) return `${running.join('\n')}\n`;
      // What an old one says of itself counts for nothing.
      if (args[0] === 'inspect') return args.at(-1)?.startsWith('old') ? '9 running unhealthy' : states.shift();
      if (args.includes('up')) {
        expect(args).toEqual(expect.arrayContaining(['--no-recreate', '--no-deps', '--scale', 'engine=3']));
        running = [...running, `new-${++made}`];
      } else if (args[0] === 'stop') running = running.filter((id) => id !== args[1]);
      counts.push(running.length);
      return '';
    };
    expect(await roll('engine', { docker, lookEveryMs: 1 })).toBe(2);
    expect(states).toEqual([]);
    expect(running).toEqual(['new-1', 'new-2']);
    expect(Math.min(...counts)).toBe(2);
  });

  it('gives a new one its whole time, whatever Docker calls it meanwhile', async () => {
    const { roll } = await import(pathToFileURL(join(repoDir, 'deploy', 'compose', 'roll.mjs')).href);
    const states = ['0 running starting', '0 running unhealthy', '0 running unhealthy', '0 running healthy'];
    let [there, isStuck] = [['old-1'], false];
    const docker = async (/** @type {string[]} */ args) => {
      if (args.includes('ps')) return there.join('\n');
      if (args[0] === 'inspect') return isStuck ? '0 running unhealthy' : states.shift();
      if (args.includes('up')) there = [...there, 'new-1'];
      if (args[0] === 'rm') there = there.filter((id) => id !== args.at(-1));
      return '';
    };
    expect(await roll('engine', { docker, lookEveryMs: 1 })).toBe(1);
    expect(there).toEqual(['new-1']);
    [there, isStuck] = [['old-1'], true];
    await expect(roll('engine', { docker, lookEveryMs: 1, readyWithinMs: 20 })).rejects.toThrow(
      'it is running, unhealthy',
    );
    expect(there).toEqual(['old-1']);
  });

  it('leaves no container behind when it is stopped', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'smart-wallet-roll-'));
    // Of two engines, whose new one never becomes ready.
    const docker = `#!/bin/sh
echo "$*" >> ${bin}/asked
case "$*" in
  *' ps '*) cat ${bin}/there ;;
  *' up '*) echo new-1 >> ${bin}/there ;;
  inspect*) echo '0 running starting' ;;
  rm*) sed -i.bak "/$(echo "$*" | sed 's/.* //')/d" ${bin}/there ;;
esac
`;
    writeFileSync(join(bin, 'docker'), docker, { mode: 0o755 });
    writeFileSync(join(bin, 'there'), 'old-1\nold-2\n');
    const child = spawn(process.execPath, [join(repoDir, 'deploy', 'compose', 'roll.mjs'), 'engine', 'workers'], {
      env: { PATH: `${bin}:${process.env.PATH}` },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
    const asked = () => (existsSync(join(bin, 'asked')) ? readFileSync(join(bin, 'asked'), 'utf8') : '');
    await expect.poll(asked).toContain('inspect');
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
    expect(readFileSync(join(bin, 'there'), 'utf8')).toBe('old-1\nold-2\n');
    expect(said).toContain('stopped by SIGINT\nThe new one (new-1) was taken away.\nThe old ones that are left go on.');
    rmSync(bin, { recursive: true });
  });

  it('takes a new container away that does not become ready, says what it said, and leaves the old ones alone', async () => {
    const { roll } = await import(pathToFileURL(join(repoDir, 'deploy', 'compose', 'roll.mjs')).href);
    let there = ['old-1', 'old-2', 'long-stopped'];
    /** @type {string[][]} */
    const asked = [];
    let upFails = false;
    const docker = async (/** @type {string[]} */ args) => {
      asked.push(args);
      if (args.includes('ps')) return there.filter((id) => args.includes('--all') || id !== 'long-stopped').join('\n');
      if (args.includes('up')) {
        there = [...there, 'new-1'];
        if (upFails) throw Object.assign(new Error('Command failed'), { stderr: 'no such image\n' });
      }
      if (args[0] === 'inspect') return '3 restarting starting\n';
      if (args[0] === 'logs') return `bad configuration of ${args.at(-1)}\n`;
      if (args[0] === 'rm') there = there.filter((id) => id !== args.at(-1));
      return '';
    };
    await expect(roll('engine', { docker })).rejects.toThrow(
      'it is restarting, starting, started again 3 times\nThe new one said:\n  bad configuration of new-1\nThe new one (new-1) was taken away.',
    );
    expect(there).toEqual(['old-1', 'old-2', 'long-stopped']);
    expect(asked.filter(([verb]) => verb === 'stop')).toEqual([['stop', 'new-1']]);

    upFails = true;
    await expect(roll('engine', { docker })).rejects.toThrow('no such image\nThe new one said');
    expect(there).toEqual(['old-1', 'old-2', 'long-stopped']);

    const stubborn = async (/** @type {string[]} */ args) => {
      if (args[0] === 'rm') throw new Error('no such daemon');
      return docker(args);
    };
    await expect(roll('engine', { docker: stubborn })).rejects.toThrow(
      'The new one (new-1) is still there: docker rm --force new-1',
    );
  });
});
