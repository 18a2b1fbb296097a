import { randomUUID } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { connect as connectNats, type NatsConnection } from '@nats-io/transport-node';
import { natsLogin } from '@smart-wallet/engine/contract/nats-options.js';
import { natsRights } from '@smart-wallet/engine/contract/nats-rights.js';
import {
  commandSubject,
  inboxPrefix,
  leaseKey,
  membersSaidKey,
  ownershipSubject,
} from '@smart-wallet/engine/contract/subjects.js';
import { envWithoutServers } from '@smart-wallet/local-stack/env-without-servers.mjs';
import { startPlatform } from '@smart-wallet/local-stack/platform.mjs';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { type Stack, startStack } from '@smart-wallet/local-stack/stack.mjs';
import { startTestProgram } from '@smart-wallet/local-stack/test-program.mjs';
import { connect as connectBroker } from 'amqplib';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createWallets } from './create-wallets.js';
import { refusals } from './refusals.js';
import { type TestCertificates, testCertificates } from './test-certificates.js';
import { Traffic } from './traffic.js';

// Servers that take nothing but TLS and their logins, and a platform on them.

type Platform = Awaited<ReturnType<typeof startPlatform>>;
type Program = 'engine' | 'gateway' | 'workers';

const programs: Program[] = ['engine', 'gateway', 'workers'];
const env = envWithoutServers();
let certificates: TestCertificates;
let stack: Stack;
let platform: Platform;
let ca: string;
/** Of every connection to NATS that a test opens. */
const opened: NatsConnection[] = [];

beforeAll(async () => {
  certificates = await testCertificates();
  ca = certificates.tls.ca;
  stack = await startStack({ env, services: ['postgres', 'redis', 'nats', 'rabbitmq'], tls: certificates.tls });
  const programEnv = { NODE_EXTRA_CA_CERTS: certificates.tls.caFile };
  platform = await startPlatform({
    ...{ stack, env, programEnv, engines: 2, enginesActive: 2, gateways: 2, workers: 1 },
    // The traffic acts faster than people do.
    gatewayEnv: () => ({ RATE_LIMIT_ACTS: '1000000/60s' }),
  });
}, 90_000);

afterAll(async () => {
  await Promise.all(opened.map((connection) => connection.close()));
  await platform?.stop();
  await stack?.stop();
  certificates?.remove();
});

test('payments and their events go over TLS alone, also while an engine leaves, and no login lacks a right', async () => {
  const broker = await connectBroker(stack.amqpUrl, { ca });
  const channel = await broker.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'smart-wallet.events.v1', 'transactions.#');

  const wallets = await createWallets(platform.gatewayUrl, platform.token, 10, '1000.00');
  const urls = platform.gateways.map(({ url }) => url);
  const traffic = new Traffic(urls, platform.token, wallets, seededRandom(7));
  traffic.start(20);
  await expect.poll(() => traffic.count('201'), { timeout: 10_000 }).toBeGreaterThan(300);
  await platform.engines[0]?.stop();
  const before = traffic.count('201');
  await expect.poll(() => traffic.count('201'), { timeout: 10_000 }).toBeGreaterThan(before + 100);
  await traffic.stop();
  expect(traffic.surprises()).toEqual([]);
  await platform.engines[0]?.start();

  await expect.poll(async () => (await channel.checkQueue(queue)).messageCount, { timeout: 10_000 }).toBeGreaterThan(0);
  await broker.close();
  expect(await refusals(stack, ca)).toEqual([]);
}, 60_000);

test('plain text is refused by every server', async () => {
  const postgres = new pg.Client({ connectionString: withParts(stack.databaseUrl, { search: '' }) });
  await expect(postgres.connect()).rejects.toThrow(/no encryption/);
  const plain = connectBroker(withParts(stack.amqpUrl, { protocol: 'amqp:' }));
  await expect(plain).rejects.toThrow();
  expect(await answerTo(stack.natsUrl, 'CONNECT {}\r\nPING\r\n')).not.toContain('PONG');
  expect(await answerTo(stack.redisUrl, 'PING\r\n')).not.toContain('PONG');
}, 20_000);

test.each<{ what: string; of: Program[]; change: (url: string) => string; caFile: () => string; said: RegExp }>([
  {
    what: 'a CA that it does not know',
    of: programs,
    change: (url: string) => withoutParameter(url, 'sslrootcert'),
    caFile: () => certificates.other.certFile,
    said: /is of a CA that this program does not know: set NODE_EXTRA_CA_CERTS/,
  },
  {
    what: 'a name that its certificate does not have',
    of: ['engine'],
    change: (url: string) => withParts(url, { hostname: '127.0.0.1' }),
    caFile: () => certificates.tls.caFile,
    said: /is for other names: use one of them in/,
  },
  {
    what: 'a wrong password',
    of: programs,
    change: (url: string) => withParts(url, { password: 'guessed-by-somebody' }),
    caFile: () => certificates.tls.caFile,
    said: /refuses the user \w+: look at user and password in/,
  },
])(
  'each program says what to do about $what, of each server, and shows no password',
  async ({ of, change, caFile, said }) => {
    await Promise.all(
      of.map(async (program) => {
        const variables = urlsOf(program);
        const wrong = Object.fromEntries(Object.entries(variables).map(([name, url]) => [name, change(url)]));
        // Engines and workers do not come so far as to ask the second server while the first refuses them.
        const first = {
          engine: ['REDIS_URL', 'NATS_URL'],
          gateway: ['DATABASE_URL'],
          workers: ['DATABASE_URL', 'AMQP_URL'],
        };
        const output = await outputOf(program, { ...wrong, NODE_EXTRA_CA_CERTS: caFile() }, (text) =>
          first[program].every((name) =>
            advices(text).some((advice) => said.test(advice) && isAbout(advice, wrong[name])),
          ),
        );
        for (const url of [...Object.values(variables), ...Object.values(wrong)]) {
          expect(output).not.toContain(new URL(url).password);
        }
      }),
    );
  },
  40_000,
);

test('nobody hears or says anything at NATS without a login', async () => {
  const { servers } = natsLogin(stack.natsUrl);
  for (const login of [{}, { user: 'engine' }, { user: 'engine', pass: 'guessed' }, { token: 'engine' }]) {
    await expect(connectNats({ servers, ...login, tls: { ca }, reconnect: false })).rejects.toThrow(/Authorization/);
  }
});

test("a gateway's login cannot say what only engines say, nor answer as one, nor hear what it is not for", async () => {
  const { namespace } = platform;
  const { engine, gateway } = natsRights(namespace);
  const somebody = { commands: commandSubject(namespace, '*'), own: `${commandSubject(namespace, randomUUID())}` };
  const forged = engine.publish.map((subject) => subject.replace('>', 'AAAA'));
  await refused('gateway', 'publish', forged);
  const heard = [somebody.commands, somebody.own, '>', '*.lowered', '_INBOX.>', '$SYS.>', ...engine.subscribe].filter(
    (subject) => !gateway.subscribe.includes(subject),
  );
  await refused('gateway', 'subscribe', heard);
});

test("an engine's login cannot send commands, nor hear answers", async () => {
  const { engine, gateway } = natsRights(platform.namespace);
  const commands = gateway.publish.map((subject) => subject.replace('*', 'somebody'));
  await refused('engine', 'publish', commands);
  const heard = [...gateway.subscribe, '>'].filter((subject) => !engine.subscribe.includes(subject));
  await refused('engine', 'subscribe', heard);
});

test('an engine answers to inboxes alone: nobody has it say things elsewhere', async () => {
  const { namespace } = platform;
  const [listener, attacker] = [await loggedIn('engine'), await loggedIn('gateway')];
  const heard: string[] = [];
  const subject = ownershipSubject(namespace);
  listener.subscribe(subject, { callback: (_, message) => void heard.push(message.string()) });
  await listener.flush();
  const { rows } = await asOwner((client) => client.query('SELECT worker_id FROM partitions LIMIT 1'));
  const answers = attacker.subscribe(`${inboxPrefix(namespace)}.mine`, { max: 1 });
  for (const reply of [`${subject}.1`, `${inboxPrefix(namespace)}.mine.1`]) {
    attacker.publish(commandSubject(namespace, rows[0].worker_id), 'no command', { reply });
    attacker.publish(
      commandSubject(namespace, rows[0].worker_id),
      JSON.stringify({ requests: [{ id: 1, partition: 0, epoch: 0, msLeft: [], commands: [] }] }),
      { reply },
    );
  }
  // Messages are taken in order: when the last one is answered, the others were seen.
  for await (const answer of answers) expect(answer.json()).toEqual({ replies: [{ id: 1, results: [] }] });
  await listener.flush();
  expect(heard.filter((text) => text.includes('replies'))).toEqual([]);
});

test("a gateway's login to Redis can take and break no lease, list no engine, and forge no answer", async () => {
  const { namespace } = platform;
  const redis = new Redis(urlsOf('gateway').REDIS_URL as string, { tls: { ca } });
  redis.on('error', () => {});
  const [lease, said] = [leaseKey(namespace, 0), membersSaidKey(namespace)];
  const script = (text: string) => redis.eval(`return ${text}`, 0);
  try {
    for (const forge of [
      () => redis.set(lease, 'mine'),
      () => redis.set(lease, 'mine', 'PX', 1_000, 'NX'),
      () => redis.get(lease),
      () => redis.call('DEL', lease),
      () => redis.expire(lease, 1),
      () => redis.call('RENAME', `${namespace}:rate-limit:x`, lease),
      () => script(`redis.call('SET', '${lease}', 'mine')`),
      () => redis.eval(`return redis.call('SET', KEYS[1], 'mine')`, 1, lease),
      () => script(`redis.call('HGET', '${said}', 'x')`),
      () => redis.call('HSET', said, 'me', 'all:0'),
      () => redis.call('HSET', `${namespace}:answers:0`, 'key', 'forged'),
      () => script(`redis.call('HSET', '${namespace}:answers:0', 'key', 'forged')`),
      () => redis.call('UNLINK', `${namespace}:answers:0`),
      () => redis.flushall(),
      () => redis.keys('*'),
      () => redis.call('CONFIG', 'GET', '*'),
      () => redis.call('CLIENT', 'KILL', 'TYPE', 'normal'),
      () => redis.call('ACL', 'SETUSER', 'gateway', '+@all'),
    ]) {
      await expect(forge(), String(forge)).rejects.toThrow(/NOPERM|can't (run|access)/i);
    }
  } finally {
    redis.disconnect();
  }
});

test("the workers' login to RabbitMQ can make and read nothing but the platform's own", async () => {
  const broker = await connectBroker(urlsOf('workers').AMQP_URL as string, { ca });
  for (const act of ['assertQueue', 'assertExchange'] as const) {
    const channel = await broker.createChannel();
    channel.on('error', () => {});
    const made = act === 'assertQueue' ? channel.assertQueue('foreign') : channel.assertExchange('foreign', 'fanout');
    await expect(made).rejects.toThrow(/ACCESS[-_]REFUSED/);
  }
  await broker.close();
});

test('a second login at NATS and Postgres, as deploy/SECURITY.md makes them, may what the first may, and goes without the others', async () => {
  const configuration = join(stack.dataDir, 'nats', 'nats.conf');
  const before = readFileSync(configuration, 'utf8');
  const second = '{ user: engine-2, password: "another-password", permissions: $ENGINE_MAY }';
  writeFileSync(configuration, before.replace(/^(\s*)\{ user: engine,/m, `$1${second}\n$&`));
  stack.nats.signal('SIGHUP');
  const login = { ...natsLogin(stack.natsUrl), user: 'engine-2', pass: 'another-password', tls: { ca } };
  const secondLogin = () => connectNats({ ...login, reconnect: false });
  const connection = await vi.waitFor(secondLogin, { timeout: 5_000 });
  const closed = connection.closed();
  writeFileSync(configuration, before);
  stack.nats.signal('SIGHUP');
  await closed;
  await expect(secondLogin()).rejects.toThrow(/Authorization/);

  const documented = readFileSync(join(import.meta.dirname, '../../../deploy/SECURITY.md'), 'utf8');
  const sql = /^ {4}CREATE ROLE wallet_engine_2.*?^ {4}END \$\$;$/ms.exec(documented)?.[0] as string;
  await asOwner((client) => client.query(sql.replace('…', 'another-password')));
  const url = Object.assign(new URL(stack.databaseUrl), { username: 'wallet_engine_2', password: 'another-password' });
  const engine = new pg.Client({ connectionString: url.href });
  await engine.connect();
  const rights = `SELECT bool_and(has_function_privilege(oid, 'EXECUTE')) AS may, current_setting('transaction_timeout') AS ends,
    current_setting('lock_timeout') AS waits FROM pg_proc WHERE proname IN ('apply_batch_v4', 'take_over')`;
  expect((await engine.query(rights)).rows).toEqual([{ may: true, ends: '10s', waits: '1200ms' }]);
  await engine.end();
}, 20_000);

test.each(['wallet_gateway', 'wallet_workers', 'wallet_audit'])(
  "%s's role may neither commit nor take over",
  async (role) => {
    const { rows } = await asOwner((client) =>
      client.query(
        `SELECT count(*)::int AS functions, bool_or(has_function_privilege($1, oid, 'EXECUTE')) AS may FROM pg_proc
        WHERE proname ~ '^(apply_batch|take_over|register_worker|settle_worker|raise_least_protocol|ensure_funding_wallet)'`,
        [role],
      ),
    );
    expect(rows[0].functions).toBeGreaterThan(8);
    expect(rows[0].may).toBe(false);
  },
);

test('a certificate that was made anew is met at the next connection', async () => {
  await certificates.renew();
  for (const server of [stack.nats, stack.redis]) {
    await server.kill();
    await server.start();
  }
  const wallets = await createWallets(platform.gatewayUrl, platform.token, 2, '10.00');
  expect(wallets).toHaveLength(2);
  expect(await serialOf(stack.redisUrl)).toBe(certificates.serial());
}, 30_000);

test('each program that has lost NATS says why it does not come back, and goes on when it does', async () => {
  const { certFile, keyFile } = certificates.other;
  const [right, folder] = [certificates.tls.copyTo, join(stack.dataDir, 'nats')];
  await stack.nats.kill();
  certificates.tls.copyTo = () => {
    copyFileSync(certFile, join(folder, 'server.crt'));
    copyFileSync(keyFile, join(folder, 'server.key'));
    return { cert: 'server.crt', key: 'server.key' };
  };
  await stack.nats.start();
  certificates.tls.copyTo = right;
  const said = (name: string) => readFileSync(join(stack.logsDir, `${name}.log`), 'utf8');
  for (const name of ['engine-1', 'gateway-1']) {
    await expect
      .poll(() => said(name), { timeout: 15_000 })
      .toMatch(/"advice":"the certificate of localhost:\d+ is of a CA[^"]*".*"msg":"NATS is still away"/);
  }
  await stack.nats.kill();
  await stack.nats.start();
  await expect(createWallets(platform.gatewayUrl, platform.token, 2, '10.00')).resolves.toHaveLength(2);
}, 40_000);

test('no log and no command line shows a secret', async () => {
  const secrets: string[] = Object.values(JSON.parse(readFileSync(join(stack.dataDir, 'secrets.json'), 'utf8')));
  expect(secrets.length).toBeGreaterThan(8);
  const logs = readdirSync(stack.logsDir).map(
    (file) => [file, readFileSync(join(stack.logsDir, file), 'utf8')] as const,
  );
  const lines = platform
    .processes()
    .map(({ name, pid }) => [name, readFileSync(`/proc/${pid}/cmdline`, 'utf8')] as const);
  const showing = [...logs, ...lines].filter(([, text]) => secrets.some((secret) => text.includes(secret)));
  expect(showing.map(([name]) => name)).toEqual([]);
});

/** As `npm start` gives them to that program. */
function urlsOf(program: Program): Record<string, string> {
  return { ...stack.variables(program), DATABASE_URL: stack.urlFor(`wallet_${program}`) };
}

/** NATS lets the program publish or hear none of these subjects. */
async function refused(program: 'engine' | 'gateway', act: 'publish' | 'subscribe', subjects: readonly string[]) {
  const connection = await loggedIn(program);
  const said: string[] = [];
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'error') said.push(/"([^"]+)"/.exec(status.error.message)?.[1] ?? '');
    }
  })();
  for (const subject of subjects) {
    if (act === 'publish') connection.publish(subject, '{}');
    else connection.subscribe(subject, { callback: () => {} });
  }
  await expect.poll(() => said).toEqual(subjects);
}

async function loggedIn(program: 'engine' | 'gateway'): Promise<NatsConnection> {
  const connection = await connectNats({ ...natsLogin(urlsOf(program).NATS_URL as string), tls: { ca } });
  opened.push(connection);
  return connection;
}

async function asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  await client.connect();
  return work(client).finally(() => client.end());
}

/** What a program says until it has said enough; it is killed then. */
async function outputOf(program: Program, variables: Record<string, string>, isEnough: (text: string) => boolean) {
  const child = startTestProgram(join(import.meta.dirname, '../../..', program, 'dist/main.js'), {
    ...variables,
    ...{ GATEWAY_PORT: '0', GATEWAY_TOKEN: 'a-token-of-16-chars', SMTP_URL: 'smtp://127.0.0.1:1', LOG_LEVEL: 'info' },
  });
  let text = '';
  try {
    for await (const chunk of child.stdout) {
      text += chunk;
      if (isEnough(text)) return text;
    }
  } finally {
    child.kill('SIGKILL');
  }
  throw new Error(`${program} ended, or said too little:\n${text}`);
}

function advices(text: string): string[] {
  return text.split('\n').flatMap((line) => /"advice":"([^"]+)"/.exec(line)?.[1] ?? []);
}

function isAbout(advice: string, url: string | undefined): boolean {
  return url !== undefined && advice.includes(new URL(url).host);
}

function serialOf(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: hostname, port: Number(port), ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function answerTo(url: string, send: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let heard = '';
    const socket = createConnection({ host: hostname, port: Number(port) }, () => socket.write(send));
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
  });
}

function withParts(
  url: string,
  parts: Partial<Record<'protocol' | 'hostname' | 'password' | 'search', string>>,
): string {
  return Object.assign(new URL(url), parts).href;
}

function withoutParameter(url: string, name: string): string {
  const changed = new URL(url);
  changed.searchParams.delete(name);
  return changed.href;
}
