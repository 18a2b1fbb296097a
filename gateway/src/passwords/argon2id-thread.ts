import { type Argon2Parameters, argon2Sync } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';

/*
 * The thread that hashes passwords, and does nothing else. It runs behind everything else of the machine: a hash takes a core for some
 * 70 ms, and what a payment waits for must not stand behind it. Not at the very last priority (19): on a machine that is full of
 * payments nobody would get in any more.
 */
const niceness = 10;

export interface HashAsked {
  id: number;
  parameters: Argon2Parameters;
}

export type HashAnswer = { id: number; tag: Uint8Array; cpuMs: number } | { id: number; error: string };

lowerPriority();
parentPort?.on('message', ({ id, parameters }: HashAsked) => {
  const before = process.threadCpuUsage();
  try {
    const tag = argon2Sync('argon2id', parameters);
    const { user, system } = process.threadCpuUsage(before);
    parentPort?.postMessage({ id, tag, cpuMs: (user + system) / 1_000 } satisfies HashAnswer);
  } catch (error) {
    parentPort?.postMessage({ id, error: (error as Error).message } satisfies HashAnswer);
  }
});

/** Linux gives each thread a priority of its own; elsewhere the bound of HashingLane has to do. */
function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').pop()), niceness);
  } catch {
    // A sandbox without /proc.
  }
}
