// The package's own types are not found under its `exports`. Only what is used here.
declare module 'redlock' {
  import type { Redis } from 'ioredis';

  export interface Lock {
    /** What the key holds while it is ours. */
    readonly value: string;
    release(): Promise<unknown>;
  }

  export default class Redlock {
    constructor(clients: Iterable<Redis>, settings?: { retryCount?: number });
    acquire(resources: string[], ttlMs: number): Promise<Lock>;
    on(event: 'error', listener: (error: Error) => void): this;
  }
}
