import type { EngineHeartbeat, OwnershipEvent } from '@smart-wallet/engine/contract/events.js';

/** What the engine client needs of the network. Nothing here waits or throws. */
export interface Transport {
  /**
   * Takes a request for an engine, to be sent at the next `flush`. False when it certainly will not be. True promises nothing
   * about the reply.
   */
  send(workerId: string, request: OutgoingRequest): boolean;
  /** Sends what was taken: one message an engine, as far as it fits. */
  flush(): void;
}

export interface OutgoingRequest {
  readonly id: number;
  /** A `CommandRequest` as JSON. */
  readonly text: string;
  /** Of `text` in UTF-8, at most. */
  readonly bytes: number;
}

/** What the network tells the engine client. */
export interface TransportListener {
  /** The results as they came: unchecked, undefined when they cannot be read. */
  replied(requestId: number, results: unknown): void;
  /** Nobody listens there: it was not done. */
  unreached(requestId: number): void;
  ownership(event: OwnershipEvent): void;
  heartbeat(beat: EngineHeartbeat): void;
  connected(): void;
  disconnected(): void;
}
