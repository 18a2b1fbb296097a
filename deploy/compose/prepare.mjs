#!/usr/bin/env node
// @ts-check
// Makes the secrets that docker-compose.yml names: random ones where there are none yet, and the URLs and files that are made of
// them. Run it again after deleting one, and it makes that one anew; what you put into a file yourself stays. A new postgres_password
// opens nothing until Postgres knows it (ALTER ROLE postgres PASSWORD …): its volume keeps the old one. It needs Node 20.12 or later
// and nothing else:
//
//   node deploy/compose/prepare.mjs [--anew SECRET]... [FOLDER]
//
// --anew: makes this one anew, though it is there, if it is random.
// or, without Node: docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:$PWD" -w "$PWD" -e SECRETS_DIR -e COMPOSE_ENV_FILES node:24-bookworm-slim node deploy/compose/prepare.mjs
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs, parseEnv } from 'node:util';

/** Where Compose runs, which takes its paths from here. */
const PROJECT = resolve(import.meta.dirname, '..', '..');
const {
  values: { anew: named = [] },
  positionals: [given],
} = argumentsGiven();
const anew = new Set(named);
const settings = settingsOfCompose();
const folder = given ? resolve(given) : resolve(PROJECT, secretsDir());
/** A container's user is none of this machine's, and must be able to read its secrets: what keeps others out is the folder. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o644;

/** @type {string[]} */
const made = [];
/** @type {string[]} */
const kept = [];
/** What of each derived file this script wrote last, as a digest: any other text is somebody else's. */
const MADE = join(folder, '.made.json');
/** @param {string} text */
const digestOf = (text) => createHash('sha256').update(text).digest('hex');

/** A random one, kept. @param {string} name */
function secret(name) {
  const file = join(folder, name);
  if (anew.delete(name) || !existsSync(file)) write(name, randomBytes(24).toString('base64url'));
  return readFileSync(file, 'utf8').trim();
}

/** As it stands in a URL: one that a person chose may hold anything. @param {string} name */
const inUrl = (name) => encodeURIComponent(secret(name));

/** What is made of others: written anew when they have changed, unless it is somebody else's. @param {string} name @param {string} text */
function derived(name, text) {
  const file = join(folder, name);
  const there = existsSync(file) ? readFileSync(file, 'utf8') : null;
  if (there !== null && there !== `${text}\n` && madeBefore[name] !== digestOf(there)) {
    kept.push(name);
    return;
  }
  if (there !== `${text}\n`) write(name, text);
  madeBefore[name] = digestOf(`${text}\n`);
}

/** @param {string} name @param {string} text */
function write(name, text) {
  const file = join(folder, name);
  if (existsSync(file)) chmodSync(file, 0o600);
  writeFileSync(file, `${text}\n`, { mode: FILE_MODE });
  chmodSync(file, FILE_MODE); // whatever the umask is
  made.push(name);
}

/** Throws nothing: says what is wrong, and ends. */
function argumentsGiven() {
  try {
    return parseArgs({ options: { anew: { type: 'string', multiple: true } }, allowPositionals: true });
  } catch (error) {
    console.error(
      `${/** @type {Error} */ (error).message}\nUsage: node deploy/compose/prepare.mjs [--anew SECRET]... [FOLDER]`,
    );
    process.exit(2);
  }
}

/** As Compose finds them: of its files the later one counts more, and the shell most. @returns {NodeJS.ProcessEnv} */
function settingsOfCompose() {
  const named = process.env.COMPOSE_ENV_FILES?.split(',').map((path) => resolve(path.trim()));
  for (const path of named ?? []) {
    if (existsSync(path)) continue;
    console.error(`COMPOSE_ENV_FILES names ${path}, and it is not there (in a container: mount it).`);
    process.exit(1);
  }
  const files = (named ?? [join(PROJECT, '.env')]).filter((path) => existsSync(path) && !statSync(path).isDirectory());
  return Object.assign({}, ...files.map((path) => parseEnv(readFileSync(path, 'utf8'))), process.env);
}

/** The folder that docker-compose.yml mounts. */
function secretsDir() {
  const { SECRETS_DIR } = settings;
  if (!SECRETS_DIR) return join(import.meta.dirname, 'secrets');
  if (!/[$~]/.test(SECRETS_DIR)) return SECRETS_DIR;
  console.error(
    `SECRETS_DIR is ${SECRETS_DIR}: write the path out, or the secrets are made where Compose does not look for them.`,
  );
  process.exit(1);
}

mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
chmodSync(folder, FOLDER_MODE);
/** @type {Record<string, string>} */
const madeBefore = existsSync(MADE) ? JSON.parse(readFileSync(MADE, 'utf8')) : {};

const database = (/** @type {string} */ user, /** @type {string} */ password) =>
  `postgres://${user}:${inUrl(password)}@postgres:5432/wallet`;
derived('owner_database_url', database('postgres', 'postgres_password'));
for (const program of ['engine', 'gateway', 'workers', 'audit'])
  derived(`${program}_database_url`, database(`wallet_${program}`, `${program}_password`));

// Redis takes a password's SHA-256 in its place.
const digest = (/** @type {string} */ password) => `#${createHash('sha256').update(password).digest('hex')}`;
derived(
  'redis_acl',
  [
    ...readFileSync(join(import.meta.dirname, '..', 'redis', 'users.acl'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('user '))
      .map((line) =>
        line.replace(/>(\w+)_PASSWORD/, (_, user) => digest(secret(`${user.toLowerCase()}_redis_password`))),
      ),
    // Of the container's health check.
    'user health on nopass resetkeys resetchannels -@all +ping',
  ].join('\n'),
);
for (const user of ['engine', 'gateway'])
  derived(`${user}_redis_url`, `redis://${user}:${inUrl(`${user}_redis_password`)}@redis:6379`);

for (const user of ['engine', 'gateway'])
  derived(`${user}_nats_url`, `nats://${user}:${inUrl(`${user}_nats_password`)}@nats:4222`);
derived(
  'nats_site',
  ['engine', 'gateway']
    .map((user) => `NATS_${user.toUpperCase()}_PASSWORD: ${JSON.stringify(secret(`${user}_nats_password`))}`)
    .join('\n'),
);

const brokerPassword = secret('workers_amqp_password');
derived('workers_amqp_url', `amqp://workers:${inUrl('workers_amqp_password')}@rabbitmq:5672`);
// The salt is made of the password, so that the same one is the same file.
const salt = createHash('sha256').update(`salt of ${brokerPassword}`).digest().subarray(0, 4);
const hash = createHash('sha256').update(salt).update(brokerPassword).digest();
derived(
  'rabbitmq_definitions',
  JSON.stringify({
    users: [
      {
        name: 'workers',
        password_hash: Buffer.concat([salt, hash]).toString('base64'),
        hashing_algorithm: 'rabbit_password_hashing_sha256',
        tags: [],
      },
    ],
    vhosts: [{ name: '/' }],
    permissions: [
      {
        ...{ user: 'workers', vhost: '/', configure: '^smart-wallet\\..*', read: '^smart-wallet\\..*' },
        write: '^smart-wallet\\..*|^amq\\.default$',
      },
    ],
  }),
);

secret('gateway_token_secret');
secret('grafana_password');

// Others' secrets: a file to write them into. An empty one says that there is none.
// The inbox does not encrypt, and is on a network of this machine alone: a mail server's URL is without that.
derived('smtp_url', 'smtp://mail-inbox:1025?plaintext=allowed');
for (const name of ['worker_token', 'openai_api_key', 'otel_headers']) derived(name, '');

if (anew.size > 0) {
  console.error(`Not a random secret of this folder, and left as it is: ${[...anew].join(', ')}.`);
  process.exitCode = 1;
}

// A program reads its file as a user of its own: the folder is what keeps others out. What you wrote yourself may have another mode.
for (const name of readdirSync(folder)) if (!name.startsWith('.')) chmodSync(join(folder, name), FILE_MODE);

writeFileSync(MADE, JSON.stringify(madeBefore), { mode: 0o600 });

/** What stood in the environment once, and stands in a file now. */
const MOVED = {
  SMTP_URL: 'smtp_url',
  WORKER_TOKEN: 'worker_token',
  OPENAI_API_KEY: 'openai_api_key',
  OTEL_EXPORTER_OTLP_HEADERS: 'otel_headers',
};
for (const [variable, name] of Object.entries(MOVED)) {
  if (settings[variable])
    console.log(`${variable} is set, and is not read from there: write its value into ${join(folder, name)}`);
}

if (kept.length > 0)
  console.log(`Kept, for it is not what this script made: ${kept.join(', ')}. Delete what is to be made anew.`);
console.log(
  made.length === 0
    ? `All secrets are there, in ${folder}.`
    : `Made in ${folder}: ${made.join(', ')}.\nNobody but you can enter that folder. It is in no repository: keep a copy where you keep such things.`,
);
