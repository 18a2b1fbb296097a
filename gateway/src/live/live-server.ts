import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type LiveClientEvents,
  type LiveServerEvents,
  type LiveSnapshot,
  liveConnectionsMax,
  livePath,
} from '@smart-wallet/engine/contract/live.js';
import type { Logger } from 'pino';
import { Server } from 'socket.io';
import type { Tokens } from '../auth/tokens.js';
import { originForm } from '../http/request-target.js';
import type { BadTokens } from '../rate-limits/bad-tokens.js';
import { ClientAddresses } from '../rate-limits/trusted-proxies.js';
import { boundClient } from './bound-client.js';
import { type FrameState, withSeconds } from './frame-maker.js';
import { type Admitted, RefusedError, readHandshake } from './handshake.js';
import { LiveConnection, type LiveSocket } from './live-connection.js';
import { LivePlaces } from './live-places.js';
import type { SecondRing } from './second-ring.js';
import { WaitingSockets } from './waiting-sockets.js';

/** Bytes a client may send at once: its handshake, and answers to pings. */
const clientBytesMax = 8_192;
/** From the connection to the handshake. */
const handshakeTimeoutMs = 5_000;
/** Connections that have not shaken hands yet, or were refused and are about to go: as many again as are served. */
const socketsPerConnection = 2;
/** A client that does not answer is given up after both. */
const pingIntervalMs = 10_000;
const pingTimeoutMs = 20_000;
/** How far ahead of this gateway's last closed second a client may be: another gateway may close seconds earlier. */
export const sinceAheadSecondsMax = 60;
/** For clients to hear that the connection ends; then it is cut. */
const goodbyeMs = 1_000;

/** What a snapshot says besides the history. */
export type SnapshotFacts = Omit<LiveSnapshot, 'madeAtMs' | 'resumed' | 'history'>;

export interface LiveServerFigures {
  framesSent: number;
  framesSkipped: number;
}

interface LiveServerNeeds {
  readonly tokens: Tokens;
  readonly ring: SecondRing;
  readonly facts: SnapshotFacts;
  readonly isReady: () => boolean;
  /** By whose page it is. */
  readonly isWelcome: (request: IncomingMessage) => boolean;
  readonly log: Logger;
  readonly badTokens: BadTokens;
  readonly trustedProxies: readonly string[];
  readonly connectionsMax?: number;
  /** Of these, not for display tokens. */
  readonly reserved?: number;
}

/** The Socket.IO side: admits clients, gives each its snapshot, and then every second once, as fast as it can take it. */
export class LiveServer {
  readonly figures: LiveServerFigures = { framesSent: 0, framesSkipped: 0 };
  readonly #io: Server<LiveClientEvents, LiveServerEvents>;
  readonly #tokens: Tokens;
  readonly #ring: SecondRing;
  readonly #facts: SnapshotFacts;
  readonly #isReady: () => boolean;
  readonly #badTokens: BadTokens;
  readonly #clients: ClientAddresses;
  readonly #waiting: WaitingSockets;
  readonly #connections = new Map<string, LiveConnection>();
  readonly #admitted = new WeakMap<LiveSocket, Admitted>();
  readonly #taken = new WeakSet<LiveSocket['conn']>();
  /** A little ahead of `#connections`. */
  readonly #places: LivePlaces;
  readonly #sockets = new Set<Duplex>();
  #closed = false;

  constructor(http: HttpServer, needs: LiveServerNeeds) {
    const { tokens, ring, facts, isReady, isWelcome, log, connectionsMax = liveConnectionsMax } = needs;
    this.#badTokens = needs.badTokens;
    this.#clients = new ClientAddresses(needs.trustedProxies);
    this.#waiting = new WaitingSockets(this.#clients);
    this.#places = new LivePlaces(connectionsMax, needs.reserved);
    this.#tokens = tokens;
    this.#ring = ring;
    this.#facts = facts;
    this.#isReady = isReady;
    // Attached to the gateway's own server it would look at every HTTP request, and answer some in a form of its own.
    const upgrades = createServer();
    http.on('upgrade', (request, socket, head) => {
      if (this.#closed) return socket.destroy();
      request.url = originForm(request);
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      upgrades.emit('upgrade', request, socket, head);
    });
    this.#io = new Server(upgrades, {
      path: livePath,
      transports: ['websocket'],
      allowUpgrades: false,
      serveClient: false,
      perMessageDeflate: false,
      httpCompression: false,
      maxHttpBufferSize: clientBytesMax,
      connectTimeout: handshakeTimeoutMs,
      pingInterval: pingIntervalMs,
      pingTimeout: pingTimeoutMs,
      allowRequest: (request: IncomingMessage, decide) => {
        if (!isWelcome(request)) return decide('this page may not watch: its origin is not one of CORS_ORIGINS', false);
        const full = this.#io.engine.clientsCount >= socketsPerConnection * connectionsMax;
        if (full) return decide('too many connections', false);
        const mayWait = this.#waiting.enter(request);
        decide(mayWait ? null : 'too many connections from this address that have not shaken hands', mayWait);
      },
    });
    this.#io.use((socket, next) => {
      this.#admit(socket).then(
        () => next(),
        (error: unknown) => {
          if (!(error instanceof RefusedError)) log.error({ err: error }, 'a handshake failed unexpectedly');
          next(error instanceof RefusedError ? error : new RefusedError('NOT_READY', 'Ask again.'));
        },
      );
    });
    this.#io.engine.on('connection', (conn: LiveSocket['conn']) => boundClient(conn));
    this.#io.on('connection', (socket) => this.#welcome(socket));
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Sends a frame to everybody who can take one. Whoever cannot gets its seconds with a later one. */
  send(state: FrameState): void {
    const readyByCursor = new Map<number, LiveConnection[]>();
    for (const connection of this.#connections.values()) {
      const { bearer } = connection;
      if (bearer.endsAtMs <= state.madeAtMs) this.#endToken(connection, 'The time of the token is over.');
      else if (this.#tokens.isRevoked(bearer)) this.#endToken(connection, 'The token was withdrawn.');
      // The history has moved past it, or began anew: it comes again for a new snapshot.
      else if (!this.#canContinue(connection.cursor)) connection.breakOff();
      else if (!connection.takesMore) this.figures.framesSkipped += 1;
      else groupOf(readyByCursor, connection.cursor).push(connection);
    }
    for (const [cursor, connections] of readyByCursor) {
      // One packet for all of them: encoded once, kept once.
      this.#io
        .to(connections.map(({ socket }) => socket.id))
        .emit('frame', withSeconds(state, this.#ring.after(cursor)));
      const newest = Math.max(cursor, this.#ring.newest ?? cursor);
      for (const connection of connections) {
        connection.cursor = newest;
        connection.frameSent();
      }
      this.figures.framesSent += connections.length;
    }
  }

  /** Sends everybody elsewhere, and nobody may come back. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.breakOff();
    for (let waitedMs = 0; this.#sockets.size > 0 && waitedMs < goodbyeMs; waitedMs += 50) await sleep(50);
    for (const socket of this.#sockets) socket.destroy();
    this.#io.engine.close();
  }

  async #admit(socket: LiveSocket): Promise<void> {
    const admitted = await readHandshake(this.#tokens, this.#badTokens, {
      auth: socket.handshake.auth,
      client: this.#clients.clientOf(socket.request),
    });
    if (!this.#isReady() || this.#ring.newest === null) {
      throw new RefusedError('NOT_READY', 'This gateway has no history to show yet, or no more. Try another one.');
    }
    // One CONNECT a connection: all of a burst would be admitted before the first one is.
    if (this.#taken.has(socket.conn)) {
      socket.conn.close();
      throw new RefusedError('BAD_HANDSHAKE', 'This connection has shaken hands already.');
    }
    // It may have left while its token was read: its place would never come back.
    if (socket.conn.readyState !== 'open') throw new RefusedError('NOT_READY', 'The connection is gone.');
    const giveBack = this.#places.take(admitted.bearer);
    this.#taken.add(socket.conn);
    socket.conn.once('close', giveBack);
    this.#waiting.leave(socket.request.socket);
    this.#admitted.set(socket, admitted);
  }

  #welcome(socket: LiveSocket): void {
    const { bearer, since } = this.#admitted.get(socket) as Admitted;
    const resumed = since !== null && this.#canContinue(since);
    const from = resumed ? since : (this.#ring.before ?? 0);
    const cursor = Math.max(from, this.#ring.newest ?? 0);
    this.#connections.set(socket.id, new LiveConnection(socket, bearer, cursor));
    socket.on('disconnect', () => {
      this.#connections.delete(socket.id);
      // A client that leaves the stream leaves the connection, whose place counts.
      socket.conn.close();
    });
    // Clients only listen.
    socket.onAny(() => socket.conn.close());
    socket.emit('snapshot', {
      ...this.#facts,
      madeAtMs: Date.now(),
      resumed,
      history: this.#ring.encodedAfter(from),
    });
  }

  /** Whether what follows the second is here, or will be soon. */
  #canContinue(second: number): boolean {
    const { newest } = this.#ring;
    return newest !== null && this.#ring.reaches(second) && second <= newest + sinceAheadSecondsMax;
  }

  #endToken({ socket }: LiveConnection, detail: string): void {
    socket.emit('tokenEnded', { code: 'TOKEN_ENDED', detail });
    socket.disconnect(true);
  }
}

function groupOf<K, V>(groups: Map<K, V[]>, key: K): V[] {
  const known = groups.get(key);
  if (known) return known;
  const group: V[] = [];
  groups.set(key, group);
  return group;
}
