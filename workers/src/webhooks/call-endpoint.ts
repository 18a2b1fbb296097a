import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { literalOf, webhookUrlProblem } from '@smart-wallet/engine/contract/webhook-address.js';
import { failureInWords } from './failure-in-words.js';
import { publicLookup, type Resolve } from './public-addresses.js';
import { retryAfterOf } from './retry-wait.js';

/** From the look-up of the name to the end of the answer's head. */
export const callTimeoutMs = 15_000;
/** Of the answer's head; and of its body, which nobody reads, but a connection whose answer was read to its end serves again. */
const bytesMax = { head: 16_384, body: 65_536 } as const;
const drainMs = 1_000;
/** Connections are kept for so long: less than what servers keep them for. */
const idleMs = 4_000;
const idleMax = 200;

export interface Call {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  /** Null: there was none. */
  readonly status: number | null;
  /** Null: 2xx. */
  readonly error: string | null;
  readonly durationMs: number;
  readonly retryAfterMs: number | null;
}

export interface CallerOptions {
  readonly allowPrivate: boolean;
  readonly resolve: Resolve;
  readonly timeoutMs?: number;
}

/**
 * Calls endpoints, which are strangers: nothing of what they answer but status and Retry-After matters, and nothing that they do takes longer, or
 * more memory, than is said above.
 */
export class Caller {
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, timeout: idleMs, maxFreeSockets: idleMax }),
    'https:': new https.Agent({ keepAlive: true, timeout: idleMs, maxFreeSockets: idleMax }),
  };
  readonly #lookup: LookupFunction;
  readonly #timeoutMs: number;

  constructor(private readonly options: CallerOptions) {
    this.#lookup = publicLookup(options.resolve, options.allowPrivate);
    this.#timeoutMs = options.timeoutMs ?? callTimeoutMs;
  }

  /** Never rejects, but when the signal says so. */
  async call(call: Call): Promise<Answer> {
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    let headAt: number | undefined;
    const answered = (status: number | null, error: string | null, retryAfterMs: number | null = null): Answer => ({
      ...{ status, error, retryAfterMs, durationMs: Math.round((headAt ?? performance.now()) - startedAt) },
    });
    // Node asks nobody for the address that a literal is, so it is judged here; and the rules may be others than when the URL was given.
    const problem = webhookUrlProblem(call.url, this.options.allowPrivate);
    if (problem) return answered(null, `the URL ${problem.message}`);
    for (let fresh = false; ; fresh = true) {
      try {
        const signal = AbortSignal.any([call.signal, timeout]);
        const { statusCode: status = 0, headers } = await this.#request(call, { signal, fresh }, () => {
          headAt = performance.now();
        });
        if (status >= 200 && status < 300) return answered(status, null);
        return answered(status, refusalInWords(status), retryAfterOf(headers['retry-after'], Date.now()));
      } catch (error) {
        call.signal.throwIfAborted();
        if (timeout.aborted) return answered(null, `no answer within ${this.#timeoutMs / 1_000} s`);
        // An old connection may have been closed while the request was on its way: that says nothing about the endpoint.
        if (error instanceof StaleConnectionError) continue;
        return answered(null, failureInWords(error));
      }
    }
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  /** Resolves once the body is read or given up. */
  #request(
    call: Call,
    { signal, fresh }: { signal: AbortSignal; fresh: boolean },
    onHead: () => void,
  ): Promise<http.IncomingMessage> {
    const url = new URL(call.url);
    const secure = url.protocol === 'https:';
    const body = Buffer.from(call.body);
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(url, {
        method: 'POST',
        agent: fresh ? false : this.#agents[secure ? 'https:' : 'http:'],
        ...(literalOf(url) === null ? { lookup: this.#lookup } : {}),
        headers: { ...call.headers, 'content-length': body.length },
        maxHeaderSize: bytesMax.head,
        signal,
      });
      let answer: http.IncomingMessage | undefined;
      request.on('error', (error: NodeJS.ErrnoException) => {
        // In the middle of the body, which nobody reads: the answer was given.
        if (answer) return resolve(answer);
        const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(stale ? new StaleConnectionError() : error);
      });
      request.on('close', () =>
        answer ? resolve(answer) : reject(new Error('the connection was closed without an answer')),
      );
      request.on('response', (response) => {
        answer = response;
        onHead();
        drain(response);
        // An attempt holds its room until its connection is free or gone: or who answers at once and then drips would have a new one each time.
        response.on('close', () => resolve(response));
      });
      request.end(body);
    });
  }
}

class StaleConnectionError extends Error {
  override name = 'StaleConnectionError';
}

/** Reads and forgets the body, if it is short and comes at once. */
function drain(response: http.IncomingMessage): void {
  let bytes = 0;
  const tooLong = setTimeout(() => response.destroy(), drainMs);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax.body) response.destroy();
  });
  response.on('error', () => {});
  response.on('close', () => clearTimeout(tooLong));
}

function refusalInWords(status: number): string {
  if (status >= 300 && status < 400) return `answered ${status}: redirects are not followed, change the URL`;
  if (status === 410) return 'answered 410: it wants nothing any more';
  return `answered ${status}`;
}
