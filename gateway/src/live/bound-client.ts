import type { LiveSocket } from './live-connection.js';

/*
 * Clients only listen, so a good one sends next to nothing: its handshake, answers to pings. Whatever else arrives is answered
 * somewhere below (a ping by a pong, an unknown namespace by a refusal), and the answers would pile up in this process for a
 * client that floods it and never reads.
 */

/** Messages over the life of a connection: the handshake, a goodbye, and some room. */
export const clientMessagesMax = 8;
/** Pings of its own within `clientPingsMs`. Browsers send none; some proxies and libraries do, seldom. */
export const clientPingsMax = 10;
const clientPingsMs = 10_000;

interface Wire {
  on(event: 'ping', heard: () => void): void;
  terminate(): void;
}

/** Cuts a client off that sends more than a listener has to say. */
export function boundClient(conn: LiveSocket['conn']): void {
  const wire = (conn.request as unknown as { websocket: Wire }).websocket;
  let messages = 0;
  conn.on('packet', ({ type }: { type: string }) => {
    if (type !== 'message') return;
    messages += 1;
    if (messages > clientMessagesMax) wire.terminate();
  });
  let pings = 0;
  let sinceMs = performance.now();
  wire.on('ping', () => {
    const now = performance.now();
    if (now - sinceMs > clientPingsMs) {
      pings = 0;
      sinceMs = now;
    }
    pings += 1;
    if (pings > clientPingsMax) wire.terminate();
  });
}
