import { Worker } from 'node:worker_threads';
import type { Break } from './finding.js';
import { type ClaimedRun, StaleAttempt } from './run-store.js';

/*
 * A run works in a thread of its own, with a heap of its own. It makes garbage as fast as rows come, and V8 gives a program that does
 * so a young generation of up to 100 MB, whatever is alive of it (some 20 MB of a run, at its first chunk as at its last): here it
 * gets 12. So a run costs this much memory and no more, gives it back when it ends, and keeps none of the other parts waiting.
 */
const limits = { maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: 128 };

export interface RunOrder {
  readonly databaseUrl: string;
  readonly run: ClaimedRun;
  /** Wallets with a break are suspended, through the API. */
  readonly suspends: boolean;
}

export type Ended = 'CLEAN' | 'BREAKS';

export type ThreadTells =
  | { readonly found: Break }
  | { readonly ended: Ended }
  | {
      readonly failed: {
        readonly message: string;
        readonly name: string;
        readonly code: unknown;
        readonly isStale: boolean;
      };
    };

export interface RunWatch {
  /** Lets go of the run at once: what a chunk had not committed is done again by whoever goes on. */
  readonly signal: AbortSignal;
  onBreak(found: Break): void;
}

/** Where it runs from its sources, the thread is the built one. */
const program = new URL('./run-thread-main.js', import.meta.url.replace('/workers/src/', '/workers/dist/'));

/** Throws StaleAttempt when another attempt has the run; with Postgres' `code` what it refused. */
export function runInThread(order: RunOrder, { signal, onBreak }: RunWatch): Promise<Ended> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const thread = new Worker(program, { workerData: order, resourceLimits: limits, execArgv: [] });
  const letGo = () => {
    reject(signal.reason);
    void thread.terminate();
  };
  signal.addEventListener('abort', letGo, { once: true });
  thread.on('message', (told: ThreadTells) => {
    if ('found' in told) return onBreak(told.found);
    if ('ended' in told) return resolve(told.ended);
    const { message, name, code, isStale } = told.failed;
    reject(isStale ? new StaleAttempt(message) : Object.assign(new Error(message), { name, code }));
  });
  thread.on('error', reject);
  thread.on('exit', (code) => {
    signal.removeEventListener('abort', letGo);
    reject(new Error(`the thread of a reconciliation ended with ${code}`)); // where it told its end, that stands
  });
  return promise;
}
