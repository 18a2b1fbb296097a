// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { repoDir } from '../machine/paths.mjs';

const SEED_USERS = join(repoDir, 'gateway', 'dist', 'seed-users.js');
const TIMEOUT_MS = 30_000;

/**
 * @typedef {{ email: string, password: string | null }} OpsUser `password`: null when somebody has changed it
 * @typedef {OpsUser & { operator: OpsUser }} OpsUsers
 */

/**
 * An admin and an operator to sign in with: made at the first start, and left as they are after that.
 * @param {import('./platform.mjs').Platform} platform
 * @returns {Promise<OpsUsers>}
 */
export async function seedOpsUsers({ stack, urlFor }) {
  const wanted = [
    { email: 'admin@wallet.test', name: 'Admin', role: 'admin', password: stack.secrets.get('ops_admin_password') },
    {
      ...{ email: 'operator@wallet.test', name: 'Operator', role: 'operator' },
      password: stack.secrets.get('ops_operator_password'),
    },
  ];
  const program = spawn(process.execPath, [SEED_USERS], {
    env: { ...process.env, DATABASE_URL: urlFor('wallet_gateway') },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  program.stdin.on('error', () => {}); // it ended before it had read all: its exit code says so
  program.stdin.end(JSON.stringify(wanted));
  const [output, errors, [code]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, 'close'),
  ]);
  if (code !== 0) throw new Error(errors.trim().slice(0, 500) || `it ended with ${code}`);
  /** @type {{ signsIn: boolean }[]} */
  const seeded = JSON.parse(output);
  const [admin, operator] = wanted.map(({ email, password }, i) => ({
    email,
    password: seeded[i]?.signsIn ? password : null,
  }));
  if (!admin || !operator) throw new Error('it answered for nobody');
  return { ...admin, operator };
}
