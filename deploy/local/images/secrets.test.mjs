// @ts-check
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { repoDir } from '../machine/paths.mjs';
import { startMailInbox } from '../mail-inbox/mail-inbox.mjs';
import { byDefault, readComposeFile } from './compose-file.mjs';

const file = await readComposeFile();
const services = Object.entries(file.services);
const read = (/** @type {string[]} */ ...path) => readFileSync(join(repoDir, ...path), 'utf8');
/** Nobody needs them, and no script can make them. */
const othersSecrets = ['worker_token', 'openai_api_key', 'otel_headers'];

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
