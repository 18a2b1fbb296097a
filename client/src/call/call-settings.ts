import type { ClientOptions, RetryNotice } from '../client-options.js';
import { Gateways } from './gateways.js';

/** Longer than a gateway's own deadline: it answers first. */
const attemptTimeoutMs = 10_000;
const deadlineMs = 30_000;
const attemptsMax = 10;
const pauseFirstMs = 100;
const pauseMaxMs = 5_000;

/** What all calls of a client share. */
export interface CallSettings {
  readonly gateways: Gateways;
  readonly fetch: typeof fetch;
  readonly deadlineMs: number;
  readonly attemptsMax: number;
  readonly attemptTimeoutMs: number;
  /** The token can be had anew. */
  readonly refreshes: boolean;
  readonly token: (refused: string | null) => Promise<string | null>;
  /** Full jitter: so that those who failed together do not come back together. */
  readonly pauseMs: (attempts: number) => number;
  readonly onAskAgain: (notice: RetryNotice) => void;
}

export function callSettings(options: ClientOptions): CallSettings {
  const { token = null, random = Math.random, pause } = options;
  const { firstMs = pauseFirstMs, maxMs = pauseMaxMs } = pause ?? {};
  return {
    gateways: new Gateways(options.baseUrl),
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    deadlineMs: options.deadlineMs ?? deadlineMs,
    attemptsMax: options.attemptsMax ?? attemptsMax,
    attemptTimeoutMs: options.attemptTimeoutMs ?? attemptTimeoutMs,
    refreshes: typeof token === 'function',
    token: async (refused) => (typeof token === 'function' ? token(refused) : token),
    pauseMs: (attempts) => random() * Math.min(firstMs * 2 ** (attempts - 1), maxMs),
    onAskAgain: options.onAskAgain ?? (() => {}),
  };
}
