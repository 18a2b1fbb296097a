import { json } from 'node:stream/consumers';
import { readVariables } from '@smart-wallet/engine/contract/environment.js';
import pg from 'pg';
import { hashPassword, isPassword } from './passwords/argon2id.js';
import { SessionStore } from './sessions/session-store.js';
import { OpsUsers } from './users/ops-users.js';
import { newUserSchema } from './users/user-requests.js';

/*
 * For development: makes users that `npm start` prints. stdin: `[{email, name, role, password}]`; stdout: of each `{email, signsIn}`.
 * Who is there already stays as he is: `signsIn` says whether with this password.
 */

const { DATABASE_URL, WALLET_ENV } = readVariables(process.env, ['DATABASE_URL', 'WALLET_ENV']);
if (WALLET_ENV === 'production') throw new Error('no users with known passwords are made in production');

const wanted = newUserSchema.array().parse(await json(process.stdin));
const database = new pg.Pool({ connectionString: DATABASE_URL, max: 1, connectionTimeoutMillis: 5_000 });
const [users, store] = [new OpsUsers(database), new SessionStore(database)];
const seeded: { email: string; signsIn: boolean }[] = [];
for (const { password, ...user } of wanted) {
  const there = await database.query('SELECT FROM ops_users WHERE email = $1', [user.email]);
  if (there.rowCount === 0) {
    const passwordHash = await hashPassword(password);
    await users.create({ ...user, passwordHash }, { by: 'seed-users', traceId: null, reason: 'for development' });
  }
  const kept = await store.passwordOf({ email: user.email });
  seeded.push({ email: user.email, signsIn: kept !== undefined && (await isPassword(password, kept.password_hash)) });
}
await database.end();
process.stdout.write(JSON.stringify(seeded));
