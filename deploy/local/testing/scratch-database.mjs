// @ts-check
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { repoDir } from '../machine/paths.mjs';
import { ROLES } from '../platform/roles.mjs';
import { withClient } from '../servers/postgres-client.mjs';

/**
 * Databases to work in and throw away.
 *
 * The schema is migrated once a server, by the platform's own program, into a template that nobody may connect to; each
 * scratch database is a copy of it. Copying takes tens of milliseconds, migrating a second. The template's name holds a
 * digest of the migrations, so an edited one makes a template of its own.
 *
 * @typedef {import('../platform/roles.mjs').Role} Role
 * @typedef {{
 *   name: string,
 *   url: string,
 *   urlAs: (role: Role) => string,
 *   admin: import('pg').Pool,
 *   drop: () => Promise<void>,
 * }} ScratchDatabase
 *   `url`: as the owner of the tables, a superuser; `admin`: a few connections as that one, made when first used
 */

const MIGRATIONS = join(repoDir, 'engine', 'migrations');
const MIGRATE = join(repoDir, 'engine', 'dist', 'migrate.js');
/** On test servers alone: an installation's roles have secrets. */
export const ROLE_PASSWORD = 'test';
const ADMIN_CONNECTIONS_MAX = 4;
const LEAVING_MS_MAX = 300;
/** One for all servers and checkouts: whoever makes a template holds up only others who need one. */
/** Of other migrations, beside the newest. */
const TEMPLATES_KEPT = 4;
const TEMPLATE_LOCK = 7_411_270_326;

/**
 * A database of its own with the newest schema, empty.
 * @param {string} [prefix] of its name
 * @param {string} [serverUrl] of a superuser; the tests' server by default
 * @returns {Promise<ScratchDatabase>}
 */
export async function createScratchDatabase(prefix = 'test', serverUrl = testServer()) {
  return copy(await templateOn(serverUrl), prefix, serverUrl);
}

/**
 * A copy of a database that nobody is connected to.
 * @param {{ name: string }} source
 * @param {string} prefix
 * @param {string} [serverUrl]
 * @returns {Promise<ScratchDatabase>}
 */
export function copyDatabase(source, prefix, serverUrl = testServer()) {
  return copy(source.name, prefix, serverUrl);
}

/** @param {string} template @param {string} prefix @param {string} serverUrl @returns {Promise<ScratchDatabase>} */
async function copy(template, prefix, serverUrl) {
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const url = withParts(serverUrl, { pathname: `/${name}` });
  /** @type {import('pg').Pool | undefined} */
  let admin;
  return {
    name,
    url,
    urlAs: (role) => withParts(url, { username: role, password: ROLE_PASSWORD }),
    get admin() {
      if (admin) return admin;
      admin = new pg.Pool({ connectionString: url, max: ADMIN_CONNECTIONS_MAX });
      // The pool does not wait until its connections are closed, and listens to them no more: one may hear that the database is dropped.
      admin.on('connect', (client) => client.on('error', () => {}));
      return admin;
    },
    async drop() {
      await admin?.end();
      await withClient(serverUrl, async (client) => {
        await untilLeft(client, name);
        await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      });
    },
  };
}

/**
 * Pools that were ended are still closing their connections, and listen to them no more: one that hears of the drop ends the test.
 * @param {import('pg').Client} client
 * @param {string} name
 */
async function untilLeft(client, name) {
  const until = performance.now() + LEAVING_MS_MAX;
  for (;;) {
    const { rowCount } = await client.query('SELECT FROM pg_stat_activity WHERE datname = $1', [name]);
    if (rowCount === 0 || performance.now() > until) return;
    await sleep(10);
  }
}

/** @type {Map<string, Promise<string>>} */
const templates = new Map();

/** @param {string} serverUrl @returns {Promise<string>} its name */
export function templateOn(serverUrl) {
  const known = templates.get(serverUrl);
  if (known) return known;
  const made = ensureTemplate(serverUrl);
  templates.set(serverUrl, made);
  made.catch(() => templates.delete(serverUrl));
  return made;
}

/** Several processes at once wait for the first. @param {string} serverUrl */
function ensureTemplate(serverUrl) {
  const name = `template_${migrationsDigest()}`;
  const unfinished = `${name}_unfinished`;
  return withClient(serverUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (!rowCount) {
      await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
      await client.query(`CREATE DATABASE ${unfinished}`);
      await migrate(withParts(serverUrl, { pathname: `/${unfinished}` }));
      await client.query(`ALTER DATABASE ${unfinished} WITH ALLOW_CONNECTIONS false`);
      await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
      await dropOldTemplates(client, name);
    }
    // Roles belong to the server, and a platform that was started on it since may have given them other passwords.
    for (const role of ROLES) await client.query(`ALTER ROLE ${role} PASSWORD '${ROLE_PASSWORD}'`);
    return name;
  });
}

/**
 * On a server that lasts, each edited migration would leave a template for good. The last few stay: other checkouts may be copying
 * theirs. Called under the lock, so one that is unfinished is nobody's any more.
 * @param {import('pg').Client} client
 * @param {string} newest
 */
export async function dropOldTemplates(client, newest) {
  const { rows } = await client.query(
    `SELECT datname FROM pg_database WHERE datname ~ '^template_[0-9a-f]{16}(_unfinished)?$' AND datname <> $1
      ORDER BY oid DESC OFFSET $2`,
    [newest, TEMPLATES_KEPT],
  );
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
}

function migrationsDigest() {
  const hash = createHash('sha256');
  for (const file of readdirSync(MIGRATIONS).sort()) {
    if (file.endsWith('.sql')) hash.update(`${file}\n`).update(readFileSync(join(MIGRATIONS, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} url */
async function migrate(url) {
  await promisify(execFile)(process.execPath, [MIGRATE], { env: { ...process.env, DATABASE_URL: url } });
}

function testServer() {
  const url = process.env.TEST_DATABASE_URL;
  if (!url) throw new Error('TEST_DATABASE_URL is not set: run the tests with npm test');
  return url;
}

/** @param {string} url @param {{ pathname?: string, username?: string, password?: string }} parts */
function withParts(url, parts) {
  return Object.assign(new URL(url), parts).href;
}
