// @ts-check
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repoDir = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** What installing and building leave behind. */
export const prepareDir = join(repoDir, '.local');
export const prepareLockFile = join(prepareDir, 'run', 'prepare.lock');

/** Everything that `npm start` keeps: data, logs, secrets. `npm run reset` deletes it. */
export const localDir = process.env.WALLET_LOCAL_DIR ? resolve(process.env.WALLET_LOCAL_DIR) : prepareDir;
export const stackFile = join(localDir, 'stack.json');
export const startLockFile = join(localDir, 'run', 'start.lock');
