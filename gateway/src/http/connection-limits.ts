import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';

/*
 * What one gateway bears of connections. Whoever opens many, or sends slowly, or takes answers slowly, holds a socket and a few
 * kilobytes for so long; never a place in the payments' way.
 */

export const timeouts = {
  /** From the connection, or the end of the answer before, to the last header. */
  headersMs: 10_000,
  /** To the last byte of the body. */
  requestMs: 30_000,
  /** How often requests that are over their time are looked for. */
  checkedEveryMs: 5_000,
  /** Between two requests: longer than load balancers keep a connection (60 s), so that none sends into one that closes. */
  keepAliveMs: 72_000,
  /** Without a byte either way: who takes an answer takes some of it. More than any call may take. */
  silentMs: 90_000,
} as const;
export type Timeouts = { readonly [Name in keyof typeof timeouts]: number };

/** Names and values, together with the address; Node's own default, said here. */
export const headerBytesMax = 16_384;
export const headersMax = 100;
export const targetCharsMax = 8_192;
/** Sent on one connection and not answered yet. Browsers and clients send one after the other. */
export const requestsUnansweredMax = 128;

export interface ConnectionLimits {
  /** Open at once. */
  readonly connectionsMax: number;
  /** Of those, from one address; null: as many. Behind a proxy all have its address. */
  readonly perAddressMax: number | null;
}

const toldEveryMs = 60_000;

/** Connections beyond the limits are closed at once, unread; the log says so once a minute. */
export function limitConnections(server: Server, limits: ConnectionLimits, log: Pick<Logger, 'warn'>): void {
  const { connectionsMax, perAddressMax } = limits;
  let refused = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = (what: string) => {
    refused += 1;
    if (performance.now() - toldAt < toldEveryMs) return;
    log.warn({ refused, connectionsMax, perAddressMax }, `${what}: further ones are closed unread`);
    refused = 0;
    toldAt = performance.now();
  };
  server.maxConnections = connectionsMax;
  server.on('drop', () => tell('all connections that GATEWAY_CONNECTIONS_MAX allows are open'));
  if (perAddressMax === null) return;
  const byAddress = new Map<string, number>();
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const open = (byAddress.get(address) ?? 0) + 1;
    byAddress.set(address, open);
    socket.once('close', () => {
      const left = (byAddress.get(address) as number) - 1;
      if (left === 0) byAddress.delete(address);
      else byAddress.set(address, left);
    });
    if (open <= perAddressMax) return;
    tell('one address has all connections open that GATEWAY_CONNECTIONS_PER_ADDRESS_MAX allows');
    socket.destroy();
  });
}

/** Node reads on as long as no answer waits to be taken: a connection could bring any number of requests that wait for theirs. */
export function boundUnanswered(server: Server): void {
  const unanswered = new WeakMap<Socket, number>();
  // One for all, and never taken away: payments come here.
  function answered(this: ServerResponse): void {
    const { socket } = this.req;
    unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1);
  }
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const count = (unanswered.get(socket) ?? 0) + 1;
    unanswered.set(socket, count);
    response.on('close', answered);
    if (count > requestsUnansweredMax) socket.destroy();
  });
}
