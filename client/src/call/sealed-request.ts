/** A request that is written down once: however often it is sent, its key and its bytes are the same. */
export interface SealedRequest {
  readonly method: string;
  /** From the root of the API, with the query. */
  readonly path: string;
  /** Without the token: that may be another one at each attempt. */
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | null;
  /** Sent twice it does what it does once: it reads, or puts, or deletes, or carries its key. */
  readonly repeatable: boolean;
  /** How many things it asks for. */
  readonly count: number;
}

const repeatableMethods = ['GET', 'HEAD', 'PUT', 'DELETE'];
const keyHeader = 'idempotency-key';

/**
 * @param request `keysInBody`: every item of the body has a key of its own.
 * @throws TypeError for a key that no header can hold, and for a body that is no JSON: nothing was sent.
 */
export function sealed(request: {
  method: string;
  path: string;
  key?: string | undefined;
  body?: unknown;
  keysInBody?: boolean;
  count?: number;
}): SealedRequest {
  const { method, path, key, body, keysInBody = false, count = 1 } = request;
  const headers = new Headers({ accept: 'application/json, application/problem+json' });
  if (key !== undefined) headers.set(keyHeader, key);
  if (body !== undefined) headers.set('content-type', 'application/json');
  return {
    ...{ method, path, headers, count },
    body: body === undefined ? null : new TextEncoder().encode(JSON.stringify(body)),
    repeatable: keysInBody || isRepeatable(method, headers),
  };
}

export function isRepeatable(method: string, headers: Headers): boolean {
  return repeatableMethods.includes(method) || !!headers.get(keyHeader);
}
