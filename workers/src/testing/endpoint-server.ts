import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  /** performance.now(). */
  readonly at: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly eventId: string;
}

type Behaviour = (received: Received, response: ServerResponse) => void;

/** Somebody's endpoint: it keeps what it got, and answers as it is told, by path. */
export class EndpointServer {
  readonly received: Received[] = [];
  /** Connections that were made to it, whatever came of them. */
  connections = 0;
  readonly #behaviours = new Map<string, Behaviour>();
  #server: Server | undefined;
  url = '';

  async start(port = 0): Promise<void> {
    const server = createServer({ keepAliveTimeout: 5_000 }, (request, response) => void this.#take(request, response));
    server.on('connection', () => {
      this.connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** 204 where nothing else is said. */
  on(path: string, behaviour: Behaviour): void {
    this.#behaviours.set(path, behaviour);
  }

  at(path: string): Received[] {
    return this.received.filter((one) => one.path === path);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the caller went away
    }
    const received: Received = {
      at: performance.now(),
      path: (request.url as string).split('?')[0] as string,
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(chunks).toString('utf8'),
      eventId: String(request.headers['webhook-id']),
    };
    this.received.push(received);
    const behaviour = this.#behaviours.get(received.path);
    if (behaviour) behaviour(received, response);
    else response.writeHead(204).end();
  }
}

export const answer =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (_received, response) =>
    response.writeHead(status, headers).end();

/** Takes the request and never answers. */
export const hang: Behaviour = () => {};
