import {
  type LiveClientEvents,
  type LiveFrame,
  type LiveHandshake,
  type LiveRefusal,
  type LiveServerEvents,
  type LiveSnapshot,
  livePath,
} from '@smart-wallet/engine/contract/live.js';
import { io, type Socket } from 'socket.io-client';
import { currentGateway, gatewayFailed, gatewayServed, learnGateways, startRotation } from './gateway-rotation.js';

/** A gateway from which nothing came for this long is left for the next one. */
export const silentAfterMs = 3_000;
/** A connection that lasted this long counts as served: one that breaks at once must not be retried without a pause. */
const servedAfterMs = 5_000;

export interface LiveReceiver {
  /** The last closed second held; null: none, or not to be built on. */
  lastSecond(): number | null;
  /** False when it leaves a hole: everything is asked for anew. */
  takeSnapshot(snapshot: LiveSnapshot): boolean;
  takeFrame(frame: LiveFrame): boolean;
  /** The connection is gone, and why. */
  lostGateway(url: string, reason: string): void;
  /** This token opens nothing: trying on is no use. */
  refused(refusal: LiveRefusal): void;
}

type LiveSocket = Socket<LiveServerEvents, LiveClientEvents>;

/**
 * One connection at a time to one of the gateways.
 *
 *   try ──snapshot──► live ──frames──► live
 *    │                 │ closed, silent, or a hole
 *    └── failed ◄──────┘
 *          └── (wait) ──► try the next gateway, with `since`
 *
 * Socket.IO's own reconnection is off: it knows one address only.
 */
export class LiveConnection {
  #rotation;
  #socket: LiveSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #openedAtMs = 0;

  constructor(
    private readonly token: string,
    gateways: readonly string[],
    private readonly receiver: LiveReceiver,
  ) {
    this.#rotation = startRotation(gateways);
    this.#try();
  }

  stop(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.off();
    socket?.disconnect();
  }

  #try(): void {
    const since = this.receiver.lastSecond();
    const auth: LiveHandshake = since === null ? { token: this.token } : { token: this.token, since };
    const socket: LiveSocket = io(currentGateway(this.#rotation), {
      path: livePath,
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      timeout: silentAfterMs,
      auth,
    });
    this.#socket = socket;
    this.#openedAtMs = performance.now();
    socket.on('connect_error', (error) => this.#turnedAway((error as Error & { data?: LiveRefusal }).data, error));
    socket.on('disconnect', (reason) => this.#failed(reason));
    socket.on('tokenEnded', (refusal) => this.#refused(refusal));
    socket.on('snapshot', (snapshot) => this.#took(() => this.receiver.takeSnapshot(snapshot)));
    socket.on('frame', (frame) => {
      this.#rotation = learnGateways(
        this.#rotation,
        frame.gateways.map((gateway) => gateway.url),
      );
      if (performance.now() - this.#openedAtMs > servedAfterMs) this.#rotation = gatewayServed(this.#rotation);
      this.#took(() => this.receiver.takeFrame(frame));
    });
    this.#watch();
  }

  /** A hole, or what cannot be read, is mended by asking the next gateway: this one may go on sending it. */
  #took(take: () => boolean): void {
    this.#watch();
    try {
      if (!take()) this.#failed('its seconds left a hole');
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
    }
  }

  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#failed(`nothing came for ${silentAfterMs / 1_000} s`), silentAfterMs);
  }

  #turnedAway(refusal: LiveRefusal | undefined, error: Error): void {
    switch (refusal?.code) {
      case 'UNAUTHENTICATED':
      case 'TOKEN_ENDED':
      case 'FORBIDDEN':
      case 'BAD_HANDSHAKE':
        return this.#refused(refusal);
      default:
        this.#failed(refusal?.detail ?? error.message);
    }
  }

  #refused(refusal: LiveRefusal): void {
    this.stop();
    this.receiver.refused(refusal);
  }

  #failed(reason: string): void {
    const url = currentGateway(this.#rotation);
    this.stop();
    const { rotation, waitMs } = gatewayFailed(this.#rotation, Math.random());
    this.#rotation = rotation;
    this.#timer = setTimeout(() => this.#try(), waitMs);
    this.receiver.lostGateway(url, reason);
  }
}
