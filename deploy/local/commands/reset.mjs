// @ts-check
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { acquireLock } from '../machine/lock.mjs';
import { localDir, startLockFile } from '../machine/paths.mjs';
import { LaunchError, terminalLog } from '../machine/terminal.mjs';
import { stopLocalLeftovers } from '../platform/leftovers.mjs';
import { alreadyRunning, ensureLocalDir } from '../prepare/prepare.mjs';
import { deleteData } from '../servers/postgres-data.mjs';

/** @param {string[]} args */
export async function run(args) {
  if (!existsSync(localDir)) {
    console.log('  There are no local data.');
    return 0;
  }
  ensureLocalDir();
  const lock = acquireLock(startLockFile, { user: userInfo().username, command: 'reset' });
  if (lock.holder) throw new LaunchError(alreadyRunning(lock.holder));
  try {
    if (!args.includes('--yes') && !(await confirm())) {
      console.log('  Nothing was deleted.');
      return 1;
    }
    await terminalLog.step(`Deleting ${localDir}`, async () => {
      await stopLocalLeftovers();
      deleteData(join(localDir, 'postgres'));
      for (const entry of readdirSync(localDir)) {
        if (entry !== 'run') rmSync(join(localDir, entry), { recursive: true, force: true });
      }
    });
    console.log('  Deleted. The next npm start begins with no wallets and makes a new token.');
    return 0;
  } finally {
    lock.release();
  }
}

async function confirm() {
  if (!process.stdin.isTTY)
    throw new LaunchError(
      'npm run reset deletes all wallets and payments in .local. To confirm: npm run reset -- --yes',
    );
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('  This deletes all wallets and payments in .local. Go on? (y/N) ');
  terminal.close();
  return ['y', 'yes'].includes(answer.trim().toLowerCase());
}
