// @ts-check
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * A TCP connection's way to a server, which can be cut as a network is: nothing arrives any more in either direction, and
 * nobody is told. New connections come about and stay silent, too.
 */
export class Gate {
  /** @type {Set<import('node:net').Socket>} */
  #sockets = new Set();
  #isCut = false;
  #server = createServer({ noDelay: true }, (client) => this.#accept(client));

  /** @param {number} targetPort on 127.0.0.1 */
  constructor(targetPort) {
    this.targetPort = targetPort;
    this.port = 0;
  }

  async open() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = /** @type {import('node:net').AddressInfo} */ (this.#server.address()).port;
    return this;
  }

  cut() {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** What was under way is lost with its connections. */
  heal() {
    this.#isCut = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close() {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** @param {import('node:net').Socket} client */
  #accept(client) {
    const server = connect({ port: this.targetPort, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ]) {
      if (!from || !to) continue;
      this.#sockets.add(from);
      from.on('error', () => {});
      from.on('data', (bytes) => {
        if (this.#isCut || to.destroyed || to.write(bytes)) return;
        from.pause();
        to.once('drain', () => !this.#isCut && from.resume());
      });
      from.on('close', () => {
        this.#sockets.delete(from);
        // A cut network tells nobody that the other side is gone.
        if (!this.#isCut) to.destroy();
      });
      if (this.#isCut) from.pause();
    }
  }
}
