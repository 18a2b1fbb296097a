import { text } from 'node:stream/consumers';
import { readVariables } from '@smart-wallet/engine/contract/environment.js';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { hashPassword } from './passwords/argon2id.js';
import { newUserSchema } from './users/user-requests.js';

/*
 * Makes the first admin, as the gateway's role and with DATABASE_URL: `node create-admin.js EMAIL NAME < PASSWORD`. Others are made by
 * admins over the API; so it makes none where one can sign in already. The password comes by stdin: arguments and variables of a process
 * can be seen by others.
 */

const usage =
  'usage: node create-admin.js EMAIL NAME, with DATABASE_URL set and the password as the one line of stdin\n';

function stop(message: string, code = 1): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

const [email, name, ...more] = process.argv.slice(2);
if (email === undefined || name === undefined || more.length > 0) stop(usage, 2);
let databaseUrl: string;
try {
  databaseUrl = readVariables(process.env, ['DATABASE_URL']).DATABASE_URL;
} catch (error) {
  stop((error as Error).message, 2);
}
if (process.stdin.isTTY) stop(`The password is not asked for: it is read from stdin.\n${usage}`, 2);
const password = (await text(process.stdin)).replace(/\r?\n$/, '');
const user = newUserSchema.safeParse({ email, name, role: 'admin', password });
if (!user.success) {
  const problems = user.error.issues.map(
    ({ path, message }) => `${path.join('.')}: ${message.replace(/^[A-Z_]+: /, '')}`,
  );
  stop(problems.join('\n'), 2);
}

const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
try {
  await client.connect();
  const hash = await hashPassword(user.data.password);
  const { rows } = await client.query<{ outcome: string }>('SELECT create_first_admin($1, $2, $3, $4, $5) AS outcome', [
    ...[uuidv7(), user.data.email, user.data.name, hash, 'create-admin'],
  ]);
  const outcome = rows[0]?.outcome;
  if (outcome === 'ADMIN_EXISTS') stop('There is an admin who can sign in already. Ask one to create the user.');
  if (outcome === 'EMAIL_TAKEN') stop('There is a user with this e-mail already. Use another one.');
  process.stdout.write(`${user.data.email} can sign in as an admin.\n`);
} catch (error) {
  stop(`The admin could not be made: ${(error as Error).message}`);
} finally {
  await client.end().catch(() => {});
}
