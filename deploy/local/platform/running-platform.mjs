// @ts-check
import { readJson } from '../machine/files.mjs';
import { lockHolder } from '../machine/lock.mjs';
import { stackFile, startLockFile } from '../machine/paths.mjs';
import { LaunchError } from '../machine/terminal.mjs';

/**
 * What `npm start` tells of itself while it runs.
 * @typedef {{
 *   gatewayUrl: string,
 *   webUrl: string,
 *   displayToken: string | null,
 *   databaseUrl: string,
 *   token: string,
 *   processes: { name: string, pid: number }[],
 * }} RunningPlatform
 */

/** Throws when there is none. @returns {RunningPlatform} */
export function runningPlatform() {
  const holder = lockHolder(startLockFile);
  if (!holder || holder.command)
    throw new LaunchError('Smart Wallet is not running here. In another terminal: npm start');
  const stack = readJson(stackFile);
  if (!stack) throw new LaunchError('Smart Wallet is starting or stopping; try again when it is ready.');
  return stack;
}

/** The address that opens the wallboard without asking for a token. @param {Pick<RunningPlatform, 'webUrl' | 'displayToken'>} stack */
export function wallboardAddress({ webUrl, displayToken }) {
  return displayToken ? `${webUrl}#token=${displayToken}` : webUrl;
}
