import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Readiness } from './readiness.js';

/** Connections at once: an orchestrator's probes and a few scrapers. */
const connectionsMax = 32;
const requestTimeoutMs = 5_000;

/** What an orchestrator and Prometheus ask of the workers, on a port of its own. */
export class HealthServer {
  readonly #server: Server;

  constructor(
    private readonly readiness: () => Readiness,
    private readonly metrics: Registry,
  ) {
    const limits = { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs };
    this.#server = createServer(limits, (request, response) => {
      request.resume();
      this.#answer(request.method ?? '', request.url ?? '', response).catch(() => response.destroy());
    });
    this.#server.maxConnections = connectionsMax;
  }

  /** Port 0: any free one. Returns the port it listens on. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((listening, failed) => {
      this.#server.once('error', failed);
      this.#server.listen(port, host, listening);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(method: string, target: string, response: ServerResponse): Promise<void> {
    const path = target.split('?', 1)[0];
    if (path !== '/health/live' && path !== '/health/ready' && path !== '/metrics') {
      return json(response, 404, { status: 'not found' });
    }
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return json(response, 405, { status: 'method not allowed' });
    }
    if (path === '/health/live') return json(response, 200, { status: 'live' });
    if (path === '/health/ready') {
      const { ready, ...body } = this.readiness();
      return json(response, ready ? 200 : 503, body);
    }
    const text = await this.metrics.metrics();
    response.writeHead(200, { 'content-type': this.metrics.contentType }).end(text);
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
