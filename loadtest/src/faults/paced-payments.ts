import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Histogram } from '../bench/histogram.js';
import { HttpConnection } from '../bench/http-connection.js';

/** Payments are at a rate that the machine has no trouble with, each timed from when it was due. */
const paymentsPerSecond = 200;
const connectionsKept = 32;

/** How long payments take, while something else goes on and while nothing does. */
export class PacedPayments {
  private constructor(
    private readonly connections: readonly HttpConnection[],
    private readonly token: string,
    private readonly walletIds: readonly string[],
  ) {}

  static async open(gatewayUrl: string, token: string, walletIds: readonly string[]): Promise<PacedPayments> {
    const { hostname, port } = new URL(gatewayUrl);
    const open = () => HttpConnection.open(hostname, Number(port));
    return new PacedPayments(await Promise.all(Array.from({ length: connectionsKept }, open)), token, walletIds);
  }

  /** For a time, or until `goesOn` says no. Throws when one is not accepted. */
  async latencies(forMs: number, goesOn: () => boolean = () => true): Promise<Histogram> {
    const latencies = new Histogram();
    await atRate({ perSecond: paymentsPerSecond, forMs, goesOn, latencies }, this.connections, (connection, i) =>
      this.#pay(connection, i),
    );
    return latencies;
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }

  async #pay(connection: HttpConnection, i: number): Promise<void> {
    const { walletIds, token } = this;
    const [sender, receiver] = [walletIds[i % walletIds.length], walletIds[(i + 1) % walletIds.length]];
    const body = { senderWalletId: sender, receiverWalletId: receiver, amount: '0.01', currency: 'EUR' };
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() };
    const { status } = await connection.request(post('/api/payments', body, headers));
    if (status !== 201) throw new Error(`a payment was answered ${status}`);
  }
}

interface Pace {
  readonly perSecond: number;
  readonly forMs: number;
  readonly goesOn?: () => boolean;
  readonly latencies?: Histogram;
}

/** How many were sent. A connection that is late takes what is due next: the time of each is counted from when it was due. */
export async function atRate(
  { perSecond, forMs, goesOn = () => true, latencies = new Histogram() }: Pace,
  connections: readonly HttpConnection[],
  send: (connection: HttpConnection, i: number) => Promise<void>,
): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const client = async (connection: HttpConnection) => {
    for (;;) {
      const i = next++;
      const dueAt = startedAt + (i * 1_000) / perSecond;
      if (dueAt - startedAt >= forMs || performance.now() - startedAt >= forMs || !goesOn()) return;
      const early = dueAt - performance.now();
      if (early > 0) await sleep(early);
      await send(connection, i);
      latencies.record(performance.now() - dueAt);
    }
  };
  await Promise.all(connections.map(client));
  return latencies.total;
}

/** The text of a request. */
export function post(path: string, body: object, headers: Record<string, string> = {}): string {
  const text = JSON.stringify(body);
  const all = { host: 'gateway', 'content-type': 'application/json', 'content-length': text.length, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}

export const inMs = (ms = 0): string => `${ms.toFixed(1)} ms`;
