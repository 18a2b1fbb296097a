import type { Argon2Parameters } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { HashAnswer, HashAsked } from './argon2id-thread.js';

/** The thread ended in the middle of a hash. The next hash starts another. */
export class HashingThreadLostError extends Error {}

interface Asked {
  resolve: (tag: Buffer) => void;
  reject: (error: Error) => void;
}

/** Where it runs from its sources, so does the thread. */
const program = new URL(`./argon2id-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** Asks the thread that hashes, which is started at the first hash. Nobody who asked is left without an answer when it ends. */
export class HashingThread {
  #thread: Worker | null = null;
  readonly #asked = new Map<number, Asked>();
  #lastId = 0;
  #cpuMs = 0;

  constructor(private readonly start: () => Worker = () => new Worker(program, { execArgv: [] })) {}

  /** What hashing has taken of a core so far. */
  get cpuMs(): number {
    return this.#cpuMs;
  }

  hash(parameters: Argon2Parameters): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#thread ??= this.#started();
    const id = ++this.#lastId;
    this.#asked.set(id, { resolve, reject });
    // Only while somebody waits for it does it keep the program alive.
    this.#thread.ref();
    this.#thread.postMessage({ id, parameters } satisfies HashAsked);
    return promise;
  }

  #started(): Worker {
    const thread = this.start();
    thread.on('message', (answer: HashAnswer) => this.#take(answer, thread));
    thread.on('error', (error) => this.#lost(thread, error));
    thread.on('exit', (code) => this.#lost(thread, new Error(`it ended with ${code}`)));
    return thread;
  }

  #take(answer: HashAnswer, thread: Worker): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if (this.#asked.size === 0) thread.unref();
    if ('error' in answer) return asked?.reject(new Error(answer.error));
    this.#cpuMs += answer.cpuMs;
    asked?.resolve(Buffer.from(answer.tag));
  }

  #lost(thread: Worker, cause: Error): void {
    if (this.#thread !== thread) return;
    this.#thread = null;
    const lost = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of lost)
      reject(new HashingThreadLostError('the thread that hashes passwords ended', { cause }));
  }
}

/** Of this program: hashes are made one after another. */
export const hashingThread = new HashingThread();
