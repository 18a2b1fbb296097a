// @ts-check
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repoDir = resolve(fileURLToPath(new URL('../../..', import.meta.url)));

export const modulesDir = join(repoDir, 'node_modules');

/** What installing and building leave behind. */
export const prepareDir = join(repoDir, '.local');
export const prepareLockFile = join(prepareDir, 'run', 'prepare.lock');

/** Everything that `npm start` keeps: data, logs, secrets. `npm run reset` deletes it. */
export const localDir = process.env.WALLET_LOCAL_DIR ? resolve(process.env.WALLET_LOCAL_DIR) : prepareDir;
export const stackFile = join(localDir, 'stack.json');
export const startLockFile = join(localDir, 'run', 'start.lock');
/** How the demo traffic is steered, and what it says it does. */
export const demoSteeringFile = join(localDir, 'demo.json');
export const demoStatusFile = join(localDir, 'run', 'demo-status.json');
