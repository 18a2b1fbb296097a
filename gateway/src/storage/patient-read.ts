import { setTimeout as sleep } from 'node:timers/promises';
import { isUnavailable } from './unavailable.js';

/** A chunk that finds Postgres busy or away is read again after these, in milliseconds. What it reads is final. */
const waitsMs = [50, 200, 500, 1_000, 2_000];

/** One chunk of a long read, which a short trouble must not end. Throws the signal's reason once it is aborted. */
export async function patientRead<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      const waitMs = waitsMs[tries];
      if (waitMs === undefined || !isUnavailable(error)) throw error;
      await sleep(waitMs, undefined, { signal });
    }
  }
}
