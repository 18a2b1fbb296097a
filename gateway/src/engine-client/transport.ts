import type { OwnershipEvent, WorkerHeartbeat } from '@smart-wallet/engine/contract/events.js';

/** What the engine client needs of the network. Nothing here waits or throws. */
export interface Transport {
  /** False when it certainly was not sent. True promises nothing about the reply. */
  send(partition: number, epoch: number, requestId: number, payload: string): boolean;
}

/** What the network tells the engine client. */
export interface TransportListener {
  /** A reply's text, or null when nobody listens at that partition and epoch. */
  replied(requestId: number, text: string | null): void;
  ownership(event: OwnershipEvent): void;
  heartbeat(beat: WorkerHeartbeat): void;
  connected(): void;
  disconnected(): void;
}
