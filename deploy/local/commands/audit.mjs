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
 * Audits the books as the role that may only read them: of the running platform, else of the data it left.
 * @param {string[]} args
 */
export async function run(args) {
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
