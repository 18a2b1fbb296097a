import type { LiveClientEvents, LiveServerEvents } from '@smart-wallet/engine/contract/live.js';
import type { Socket } from 'socket.io';
import type { Bearer } from '../http/bearer.js';

export type LiveSocket = Socket<LiveClientEvents, LiveServerEvents>;

/**
 * Frames on their way to one client. What the operating system keeps for a slow one would otherwise be minutes of frames:
 * its memory is the server's too, and the client would see the past.
 */
export const framesUnderWayMax = 4;

/** What is used of the WebSocket under Socket.IO, which shows it on the request. */
interface Wire {
  ping(data: string): void;
  on(event: 'pong', heard: (data: Buffer) => void): void;
}

/** One client: how far it is told, and whether it can take more. */
export class LiveConnection {
  readonly socket: LiveSocket;
  readonly bearer: Bearer;
  /** The last closed second it was given. */
  cursor: number;
  readonly #wire: Wire;
  #sent = 0;
  #arrived = 0;

  constructor(socket: LiveSocket, bearer: Bearer, cursor: number) {
    this.socket = socket;
    this.bearer = bearer;
    this.cursor = cursor;
    this.#wire = (socket.request as unknown as { websocket: Wire }).websocket;
    this.#wire.on('pong', (data) => {
      const arrived = Number(data.toString());
      if (arrived > this.#arrived && arrived <= this.#sent) this.#arrived = arrived;
    });
  }

  /** Nothing waits in this process, and few frames wait on the way. */
  get takesMore(): boolean {
    return this.socket.conn.transport.writable && this.#sent - this.#arrived < framesUnderWayMax;
  }

  /** To be called after each frame: the pong says that it has been read. */
  frameSent(): void {
    this.#sent += 1;
    this.#wire.ping(String(this.#sent));
  }

  /** As if the network broke: Socket.IO clients connect again, here or elsewhere, and say where they were. */
  breakOff(): void {
    this.socket.conn.close();
  }
}
