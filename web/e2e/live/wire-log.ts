import {
  type ClosedSecond,
  type LiveFrame,
  type LiveSnapshot,
  liveSilentAfterMs,
} from '@smart-wallet/engine/contract/live.js';
import type { Page, WebSocket } from 'playwright-core';

/** What one connection of a page to the live stream was told. */
export interface WireConnection {
  url: string;
  /** The last closed second the page said it had. */
  since: number | null;
  /** null: no snapshot came. */
  resumed: boolean | null;
  /** Closed seconds by number, as they came. */
  seconds: number[];
}

export interface WireFrame {
  madeAtMs: number;
  paymentIds: string[];
  /** Of the gateways that are heard. */
  liveGatewayUrls: string[];
}

/** The newest frames kept. */
const framesMax = 1_000;

/** Listens to the live stream on its way to a page: what the page makes of it cannot hide a gap or a repeat. */
export class WireLog {
  readonly connections: WireConnection[] = [];
  /** Newest last. */
  readonly frames: WireFrame[] = [];

  constructor(page: Page) {
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).pathname.startsWith('/live')) this.#listen(socket);
    });
  }

  /** All connections that a snapshot came over. */
  get served(): WireConnection[] {
    return this.connections.filter(({ resumed }) => resumed !== null);
  }

  /** What is wrong with the closed seconds since the last time the page had to start anew: gaps and repeats. */
  faults(): string[] {
    const { served } = this;
    const from = served.findLastIndex(({ resumed }) => resumed === false);
    const faults: string[] = [];
    let last: number | undefined;
    for (const { since, seconds } of served.slice(Math.max(from, 0))) {
      if (last !== undefined && since !== last) faults.push(`asked for what follows ${since}, had ${last}`);
      for (const second of seconds) {
        if (last !== undefined && second !== last + 1) faults.push(`${second} came after ${last}`);
        last = second;
      }
    }
    return faults;
  }

  #listen(socket: WebSocket): void {
    const connection: WireConnection = {
      ...{ url: new URL(socket.url()).host, since: null, resumed: null, seconds: [] },
    };
    this.connections.push(connection);
    let historyComes = false;
    socket.on('framesent', ({ payload }) => {
      if (typeof payload !== 'string' || !payload.startsWith('40{')) return;
      connection.since = (JSON.parse(payload.slice(2)) as { since?: number }).since ?? null;
    });
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload !== 'string') {
        if (historyComes) connection.seconds.push(...numbersOf(JSON.parse(payload.toString()) as ClosedSecond[]));
        historyComes = false;
      } else if (payload.startsWith('42[')) {
        const [name, frame] = JSON.parse(payload.slice(2)) as [string, LiveFrame];
        if (name === 'frame') this.#frame(connection, frame);
      } else if (payload.startsWith('451-[')) {
        // Its attachment, the history, follows as a message of its own.
        const [name, snapshot] = JSON.parse(payload.slice(4)) as [string, LiveSnapshot];
        if (name !== 'snapshot') return;
        connection.resumed = snapshot.resumed;
        historyComes = true;
      }
    });
  }

  #frame(connection: WireConnection, { madeAtMs, seconds, payments, gateways }: LiveFrame): void {
    connection.seconds.push(...numbersOf(seconds));
    const live = gateways.filter(({ heardMsAgo }) => heardMsAgo <= liveSilentAfterMs);
    this.frames.push({
      madeAtMs,
      paymentIds: payments.map(({ transactionId }) => transactionId),
      liveGatewayUrls: live.map(({ url }) => url),
    });
    if (this.frames.length > framesMax) this.frames.shift();
  }
}

function numbersOf(seconds: readonly ClosedSecond[]): number[] {
  return seconds.map(({ second }) => second);
}
