import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * The network between a client and a gateway:
 *
 *   online ──goOffline──► offline: nothing passes and nothing is closed, as when a cable is pulled ──goOnline──► online
 */
export class NetworkLink {
  readonly #server: Server;
  /** Both ends of each connection. */
  readonly #sockets = new Set<Socket>();
  /** Clients that came while it was offline. */
  readonly #waiting = new Set<Socket>();
  #online = true;
  #port = 0;

  static async start(): Promise<NetworkLink> {
    const link = new NetworkLink();
    await new Promise<void>((resolve, reject) => {
      link.#server.once('error', reject);
      link.#server.listen(0, '127.0.0.1', resolve);
    });
    return link;
  }

  private constructor() {
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
      if (this.#online) this.#join(client);
      else this.#waiting.add(client);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Who it leads to: whoever connects comes after this. */
  leadTo(port: number): void {
    this.#port = port;
  }

  goOffline(): void {
    this.#online = false;
    for (const socket of this.#sockets) socket.pause();
  }

  /** What was held arrives now, in order. */
  goOnline(): void {
    this.#online = true;
    for (const socket of this.#sockets) socket.resume();
    for (const client of this.#waiting) this.#join(client);
    this.#waiting.clear();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of [...this.#sockets, ...this.#waiting]) socket.destroy();
    await closed;
  }

  #join(client: Socket): void {
    const gateway = connect({ host: '127.0.0.1', port: this.#port, noDelay: true });
    for (const [from, to] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    client.resume();
  }
}
