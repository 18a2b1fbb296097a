import { fork } from 'node:child_process';
import type { DriveOrder, DriveResult } from './drive.js';

/** Runs one measurement in a process of its own. */
export function runDriver(order: DriveOrder): Promise<DriveResult> {
  const child = fork(new URL('./drive-main.js', import.meta.url), { serialization: 'advanced' });
  return new Promise((resolve, reject) => {
    child.once('message', (message: { result?: DriveResult; error?: string }) => {
      if (message.result) resolve(message.result);
      else reject(new Error(`the load generator failed: ${message.error}`));
    });
    child.once('exit', (code) => reject(new Error(`the load generator ended with ${code}`)));
    child.send(order);
  });
}
