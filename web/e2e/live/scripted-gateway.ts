import { fileURLToPath } from 'node:url';
import { type LiveFrame, type LiveSnapshot, livePath } from '@smart-wallet/engine/contract/live.js';
import type { BrowserContext, WebSocketRoute } from 'playwright-core';

const builtPages = fileURLToPath(new URL('../../dist/', import.meta.url));
const frameEveryMs = 250;

/**
 * Stands in for a gateway in one browser context: serves the built pages, and tells what a test wants to be told, in the
 * packets of Socket.IO. For what a platform would take long to show, or never shows.
 */
export class ScriptedGateway {
  /** Nothing listens there. */
  readonly url = 'http://scripted-gateway.test';
  readonly #sockets = new Set<WebSocketRoute>();
  readonly #timer: NodeJS.Timeout;
  #frame: LiveFrame | null = null;

  static async open(context: BrowserContext, snapshot: LiveSnapshot): Promise<ScriptedGateway> {
    const gateway = new ScriptedGateway();
    await context.route(`${gateway.url}/**`, (route) => {
      const { pathname } = new URL(route.request().url());
      return route.fulfill({ path: `${builtPages}${pathname === '/wallboard' ? 'index.html' : pathname.slice(1)}` });
    });
    await context.routeWebSocket(
      (url) => url.pathname.startsWith(livePath),
      (socket) => gateway.#welcome(socket, snapshot),
    );
    return gateway;
  }

  private constructor() {
    this.#timer = setInterval(() => this.#tell(), frameEveryMs);
  }

  /** From now on, again and again: a page that hears nothing goes elsewhere. */
  tell(frame: LiveFrame): void {
    this.#frame = frame;
    this.#tell();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tell(): void {
    for (const socket of this.#sockets) if (this.#frame) socket.send(`42${JSON.stringify(['frame', this.#frame])}`);
  }

  #welcome(socket: WebSocketRoute, { history, ...snapshot }: LiveSnapshot): void {
    const handshake = { sid: 'scripted', upgrades: [], pingInterval: 60_000, pingTimeout: 60_000, maxPayload: 1e6 };
    socket.send(`0${JSON.stringify(handshake)}`);
    socket.onMessage((message) => {
      if (typeof message !== 'string' || !message.startsWith('40')) return;
      socket.send('40{"sid":"scripted"}');
      socket.send(`451-${JSON.stringify(['snapshot', { ...snapshot, history: { _placeholder: true, num: 0 } }])}`);
      socket.send(Buffer.from(history as Uint8Array));
      this.#sockets.add(socket);
      this.#tell();
    });
    socket.onClose(() => this.#sockets.delete(socket));
  }
}
