// @ts-check
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { readJson } from '../machine/files.mjs';
import { acquireLock } from '../machine/lock.mjs';
import { localDir, stackFile, startLockFile } from '../machine/paths.mjs';
import { LaunchError, terminalLog } from '../machine/terminal.mjs';
import { openSecrets } from '../platform/secrets.mjs';
import { startStack } from '../platform/stack.mjs';
import { alreadyRunning, ensureLocalDir } from '../prepare/prepare.mjs';
import { runScript } from '../programs/run-script.mjs';

const AUDIT = 'loadtest/dist/audit/main.js';

/**
 * Audits the books of the database that the environment names, exactly as it is named there. Without one, as the role that may only read
 * them: of the platform that runs here, else of the data it left.
 * @param {string[]} args
 */
export async function run(args) {
  const named = namedDatabase(process.env);
  if (named) return runScript(AUDIT, args, named);
  ensureLocalDir();
  const lock = acquireLock(startLockFile, { user: userInfo().username, command: 'audit' });
  if (lock.holder) {
    const running = readJson(stackFile);
    if (lock.holder.command) throw new LaunchError(alreadyRunning(lock.holder));
    if (!running) throw new LaunchError('Smart Wallet is starting or stopping; try again when it is ready.');
    const url = new URL(running.databaseUrl);
    url.username = 'wallet_audit';
    url.password = openSecrets(join(localDir, 'secrets.json')).get('wallet_audit');
    return runScript(AUDIT, args, { AUDIT_DATABASE_URL: url.href });
  }
  try {
    const stack = await startStack({ dataDir: localDir, services: ['postgres'], log: terminalLog });
    try {
      return await runScript(AUDIT, args, { AUDIT_DATABASE_URL: stack.urlFor('wallet_audit') });
    } finally {
      await stack.stop();
    }
  } finally {
    lock.release();
  }
}

/**
 * What has the audit read the database that the environment names. Whatever runs on this machine is not asked then: the proof of another
 * ledger would be taken for that of the one named.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv | null} null: it names none
 */
export function namedDatabase(env) {
  const names = ['AUDIT_DATABASE_URL', 'AUDIT_DATABASE_URL_FILE', 'DATABASE_URL', 'DATABASE_URL_FILE'];
  const set = names.filter((name) => env[name]);
  const [name] = set;
  if (name === undefined) return null;
  if (set.length > 1) throw new LaunchError(`Which database is to be audited? Set one of ${set.join(', ')}.`);
  const nothing = Object.fromEntries(names.map((each) => [each, undefined]));
  return { ...nothing, [name.replace(/^DATABASE/, 'AUDIT_DATABASE')]: env[name] };
}
