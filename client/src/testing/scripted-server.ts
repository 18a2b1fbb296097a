import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What arrived, as a test looks at it. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly authorization: string | undefined;
  readonly bodyHash: string;
  readonly body: string;
  readonly atMs: number;
}

export type Step = (response: ServerResponse, arrived: Arrived) => unknown;

/** Answers each request by the next step, and by the last one once they are used up. */
export class ScriptedServer {
  readonly arrived: Arrived[] = [];
  readonly #steps: Step[];
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async start(...steps: Step[]): Promise<ScriptedServer> {
    const server = new ScriptedServer(steps);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  private constructor(steps: Step[]) {
    this.#steps = steps;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const arrived: Arrived = {
      ...{ method: request.method ?? '', path: request.url ?? '', body, atMs: performance.now() },
      ...{ key: request.headers['idempotency-key'] as string | undefined },
      authorization: request.headers.authorization,
      bodyHash: createHash('sha256').update(body).digest('hex'),
    };
    this.arrived.push(arrived);
    const step = this.#steps.length > 1 ? this.#steps.shift() : this.#steps[0];
    step?.(response, arrived);
  }
}

export function json(status: number, body: object, headers: Record<string, string> = {}): Step {
  return (response) => {
    const type = status >= 400 ? 'application/problem+json' : 'application/json';
    response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
  };
}

export function problem(status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Step {
  const words = { type: '/api/problems/x', title: code, detail: 'It was so.', traceId: '0'.repeat(32) };
  return json(status, { ...words, status, code, ...more }, headers);
}

export const made = json(201, { transactionId: 'made', status: 'SUCCESS' });

/** As what stands between says it, in words of its own. */
export function html(status: number): Step {
  return (response) => response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>No</h1>');
}

/** Reads the request, and breaks the connection. */
export const cut: Step = (response) => response.socket?.destroy();

/** A whole head, half of a body. */
export const cutMidAnswer: Step = (response) => {
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"transactionId":"made","status":"SUCC', () => response.socket?.destroy());
};

/** A body that ends where it should, and is not whole. */
export const halfJson: Step = (response) =>
  response.writeHead(201, { 'content-type': 'application/json' }).end('{"transactionId":"made","stat');

export const silence: Step = () => {};
