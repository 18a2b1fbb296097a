import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { gatewayToken } from './scratch.js';

export interface ApiAnswer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  body: any;
}

export type TestCaller = ReturnType<typeof testCaller>;

/** A caller of the API; with the development token, unless told otherwise. Without `key` no Idempotency-Key is sent. */
export function testCaller(url: () => string, token: string = gatewayToken) {
  async function call(method: string, path: string, body?: unknown, key?: string): Promise<ApiAnswer> {
    const response = await fetch(url() + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
  }

  /** With a key of its own. */
  const post = (path: string, body: unknown, key: string = randomUUID()) => call('POST', path, body, key);

  /** What must be there. */
  async function get(path: string) {
    const { status, text, body } = await call('GET', path);
    expect(status, text).toBe(200);
    return body;
  }

  /** An ACTIVE one in EUR, unless the fields say otherwise. */
  async function wallet(fields: Record<string, unknown> = {}): Promise<string> {
    const { status, body } = await call('POST', '/api/wallets', { currency: 'EUR', status: 'ACTIVE', ...fields });
    expect(status).toBe(201);
    return body.walletId;
  }

  async function funded(amount: string): Promise<string> {
    const walletId = await wallet();
    expect((await post(`/api/wallets/${walletId}/deposits`, { amount, currency: 'EUR' })).status).toBe(201);
    return walletId;
  }

  /** What is at this address, every page of it. */
  async function pages(path: string): Promise<unknown[][]> {
    const found: unknown[][] = [];
    for (let cursor = ''; ; ) {
      const { items, nextCursor } = await get(`${path}${cursor}`);
      found.push(items);
      if (nextCursor === null) return found;
      cursor = `&cursor=${nextCursor}`;
    }
  }

  return { call, post, get, wallet, funded, pages };
}

export const payment = (senderWalletId: string, receiverWalletId: string, amount: string) => ({
  senderWalletId,
  receiverWalletId,
  amount,
  currency: 'EUR',
});
