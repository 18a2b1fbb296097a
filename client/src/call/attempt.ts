import { isObject } from '../problem.js';
import type { Deadline } from './deadline.js';
import type { SealedRequest } from './sealed-request.js';

/** An answer that was read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** A JSON object; null: there is no body, or it is not one. */
  readonly body: Record<string, unknown> | null;
  /** As it came. */
  readonly text: string;
}

/** What became of sending a request once. `LOST`: nobody knows what the other side did with it, unless it was never `sent`. */
export type Attempt =
  | { readonly kind: 'ANSWER'; readonly answer: Answer }
  | { readonly kind: 'STREAM'; readonly response: Response }
  | { readonly kind: 'LOST'; readonly sent: boolean; readonly cause: unknown };

export interface AttemptRules {
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  /** Leave what is no JSON unread, for the caller to read. */
  readonly streams: boolean;
}

export async function attempt(
  { method, headers, body }: SealedRequest,
  { url, token, deadline }: { url: string; token: string | null; deadline: Deadline },
  { fetch, timeoutMs, streams }: AttemptRules,
): Promise<Attempt> {
  const allHeaders = new Headers(headers);
  if (token !== null) allHeaders.set('authorization', `Bearer ${token}`);
  const { signal, release } = deadline.attempt(timeoutMs);
  try {
    // A redirected POST would become a GET.
    const response = await fetch(url, { method, headers: allHeaders, body, signal, redirect: 'manual' });
    if (streams && response.ok && response.status !== 204 && !isJson(response.headers)) {
      return { kind: 'STREAM', response };
    }
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, body: objectIn(text), text };
    return { kind: 'ANSWER', answer };
  } catch (cause) {
    return { kind: 'LOST', sent: !failedToConnect(cause), cause };
  } finally {
    release();
  }
}

function isJson(headers: Headers): boolean {
  return /[/+]json\b/i.test(headers.get('content-type') ?? '');
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Then the request was not sent. The list is of errors that can only come before a connection stands. */
const connectErrors = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function failedToConnect(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return isObject(cause) && connectErrors.has(String(cause.code));
}
