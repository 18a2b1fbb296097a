import {
  type ClosedSecond,
  type LiveClientEvents,
  type LiveFrame,
  type LiveHandshake,
  type LiveRefusal,
  type LiveServerEvents,
  type LiveSnapshot,
  livePath,
} from '@smart-wallet/engine/contract/live.js';
import { io, type Socket } from 'socket.io-client';

/** A client of the live stream that keeps all it is told. */
export class LiveClient {
  readonly snapshots: LiveSnapshot[] = [];
  readonly frames: LiveFrame[] = [];
  /** Of the last snapshot's history, and all frames since. */
  seconds: ClosedSecond[] = [];
  readonly refusals: LiveRefusal[] = [];
  readonly ended: LiveRefusal[] = [];
  readonly disconnects: string[] = [];
  readonly socket: Socket<LiveServerEvents, LiveClientEvents>;

  constructor(url: string, auth: LiveHandshake | Record<string, unknown>, reconnection = false) {
    this.socket = io(url, { path: livePath, transports: ['websocket'], auth, reconnection, forceNew: true });
    this.socket.on('snapshot', (snapshot) => {
      this.snapshots.push(snapshot);
      const history = JSON.parse(new TextDecoder().decode(snapshot.history)) as ClosedSecond[];
      this.seconds = snapshot.resumed ? [...this.seconds, ...history] : history;
    });
    this.socket.on('frame', (frame) => {
      this.frames.push(frame);
      this.seconds.push(...frame.seconds);
    });
    this.socket.on('tokenEnded', (refusal) => void this.ended.push(refusal));
    this.socket.on('connect_error', (error) => {
      this.refusals.push(
        (error as Error & { data?: LiveRefusal }).data ?? { code: 'NOT_READY', detail: error.message },
      );
    });
    this.socket.on('disconnect', (reason) => void this.disconnects.push(reason));
  }

  /** Reads nothing more from the network, as a client that hangs. */
  pause(): void {
    this.#wire().pause();
  }

  resume(): void {
    this.#wire().resume();
  }

  close(): void {
    this.socket.close();
  }

  #wire(): { pause(): void; resume(): void } {
    const { transport } = this.socket.io.engine as unknown as {
      transport: { ws: { _socket: { pause(): void; resume(): void } } };
    };
    return transport.ws._socket;
  }
}

export async function until(holds: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
  for (const endsAtMs = Date.now() + timeoutMs; !holds(); ) {
    if (Date.now() > endsAtMs) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The numbers of the seconds, each as it came. */
export function numbersOf(seconds: readonly ClosedSecond[]): number[] {
  return seconds.map(({ second }) => second);
}

export function consecutive(from: number, through: number): number[] {
  return Array.from({ length: through - from + 1 }, (_, i) => from + i);
}
