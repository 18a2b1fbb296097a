// @ts-check
import { rmSync } from 'node:fs';
import { waitUntilGone } from '../machine/identity.mjs';
import { lockHolder } from '../machine/lock.mjs';
import { stackFile, startLockFile } from '../machine/paths.mjs';
import { LaunchError, terminalLog } from '../machine/terminal.mjs';
import { stopLocalLeftovers } from '../platform/leftovers.mjs';

const STOP_TIMEOUT_MS = 60_000;

export async function run() {
  const holder = lockHolder(startLockFile);
  if (holder) {
    await terminalLog.step(`Stopping Smart Wallet${holder.url ? ` at ${holder.url}` : ''}`, async () => {
      try {
        process.kill(holder.pid, 'SIGTERM');
      } catch {
        throw new LaunchError(
          `Smart Wallet (pid ${holder.pid}) was started by ${holder.user}: only ${holder.user} or root may stop it.`,
        );
      }
      if (!(await waitUntilGone(holder, STOP_TIMEOUT_MS))) {
        throw new LaunchError(`pid ${holder.pid} still runs after ${STOP_TIMEOUT_MS / 1000} s.`);
      }
    });
    console.log('  Stopped.');
    return 0;
  }
  const leftovers = await stopLocalLeftovers();
  rmSync(stackFile, { force: true });
  console.log(
    leftovers.length > 0
      ? `  Stopped what an earlier start left running: ${leftovers.join(', ')}.`
      : '  Smart Wallet is not running here.',
  );
  return 0;
}
