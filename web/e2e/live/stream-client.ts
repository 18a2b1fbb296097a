import {
  type ClosedSecond,
  type LiveClientEvents,
  type LiveServerEvents,
  livePath,
} from '@smart-wallet/engine/contract/live.js';
import { io, type Socket } from 'socket.io-client';

const moveOnMs = 100;

/** What is used of the WebSocket under Socket.IO. */
interface Wire {
  pause(): void;
  resume(): void;
  once(event: 'message', heard: () => void): void;
}

/**
 * A client of the live stream without a screen. Goes on at the next gateway when one is gone, and keeps no more than
 * what tells whether it was given every second once.
 */
export class StreamClient {
  /** The last closed second it was told. */
  last: number | null = null;
  seconds = 0;
  frames = 0;
  /** Snapshots that did not go on where it was: a client that came in time is never given one. */
  startedAnew = -1;
  /** Snapshots that went on where it was. */
  resumed = 0;
  /** Gaps and repeats. */
  readonly faults: string[] = [];
  #gateway = 0;
  #socket: Socket<LiveServerEvents, LiveClientEvents> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly urls: readonly string[],
    private readonly token: string,
  ) {
    this.#connect();
  }

  /** Where it is connected, or tries to be. */
  get url(): string {
    return this.urls[this.#gateway % this.urls.length] as string;
  }

  /** Reads nothing more from the network, as a client that hangs. */
  pause(): void {
    (this.#wire() as Wire).pause();
  }

  /** Without a wire the gateway has given it up meanwhile, and it is on its way back by itself. */
  resume(): void {
    this.#wire()?.resume();
  }

  /** Reads what one packet of the network brings, and then nothing more. */
  readALittle(): void {
    const wire = this.#wire() as Wire;
    wire.once('message', () => wire.pause());
    wire.resume();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket?.off();
    this.#socket?.disconnect();
  }

  #connect(): void {
    const auth = this.last === null ? { token: this.token } : { token: this.token, since: this.last };
    const socket: Socket<LiveServerEvents, LiveClientEvents> = io(this.url, {
      ...{ path: livePath, transports: ['websocket'], reconnection: false, forceNew: true, auth },
    });
    this.#socket = socket;
    socket.on('snapshot', ({ resumed, history }) => {
      if (resumed) this.resumed += 1;
      else {
        this.startedAnew += 1;
        this.last = null;
      }
      this.#take(JSON.parse(new TextDecoder().decode(history)) as ClosedSecond[]);
    });
    socket.on('frame', ({ seconds }) => {
      this.frames += 1;
      this.#take(seconds);
    });
    socket.on('disconnect', () => this.#moveOn());
    socket.on('connect_error', () => this.#moveOn());
  }

  #moveOn(): void {
    this.close();
    this.#gateway += 1;
    this.#timer = setTimeout(() => this.#connect(), moveOnMs);
  }

  #take(seconds: readonly ClosedSecond[]): void {
    for (const { second } of seconds) {
      if (this.last !== null && second !== this.last + 1) this.faults.push(`${second} came after ${this.last}`);
      this.last = second;
      this.seconds += 1;
    }
  }

  #wire(): Wire | null {
    return ((this.#socket as Socket).io.engine as unknown as { transport: { ws: Wire | null } }).transport.ws;
  }
}
