import type { AlertSeverity } from './alerts.js';
import type { BatchFigures, SampledTransaction } from './events.js';

/*
 * The live stream: what a gateway tells its Socket.IO clients.
 *
 *   connect with {token, since?} ─► snapshot (once) ─► frame, frame, frame …
 *
 * Seconds are the stream's backbone. The second of a transaction is that of its commit, by the database's clock. It closes
 * when no call that could still commit into it is running; from then on it never changes, and it is alike from every
 * gateway. A connection gets each second once, in order, without a hole: frames may be skipped for a client that cannot
 * keep up, the next one carries what they held. A client that comes back says the last second it has (`since`) and goes on
 * from there, at whichever gateway.
 */

/** Path of the Socket.IO endpoint; WebSocket only. */
export const livePath = '/live';
/** How far back the stream reaches: what a snapshot holds, and what `since` may ask for. */
export const liveHistorySeconds = 900;
/** From a frame to the next one; one that is about to coincide with the closing of a second waits for it a little longer. */
export const liveFrameEveryMs = 250;
/** Payments that one frame shows at most. */
export const livePaymentsMax = 6;
/** Takeovers that a frame tells of, newest first, none older than `liveHistorySeconds`. */
export const liveTakeoversMax = 8;
/**
 * An engine or gateway not heard of for this long is shown as silent, and its partitions as without an owner: a heartbeat and the
 * time of a takeover, so that a screen does not cry for what is mended before anybody has read it.
 */
export const liveSilentAfterMs = 2_500;
/** Live connections one gateway serves at once. */
export const liveConnectionsMax = 1_000;
/** Of these with one token. */
export const liveConnectionsPerTokenMax = 250;
/** Of these, not for display tokens: they stay for who signs in. */
export const liveConnectionsReserved = 100;
/** Connections from one address (an IPv6 network of 64 bits counts as one) that have not shaken hands. */
export const liveWaitingPerAddressMax = 250;

/** Sent in the handshake (`auth` of socket.io-client). */
export interface LiveHandshake {
  token: string;
  /** The last closed second the client has. */
  since?: number;
}

/** Data of a `connect_error`. `NOT_READY`: another gateway may be; ask again. */
export interface LiveRefusal {
  code: 'UNAUTHENTICATED' | 'TOKEN_ENDED' | 'FORBIDDEN' | 'NOT_READY' | 'TOO_MANY_CONNECTIONS' | 'BAD_HANDSHAKE';
  detail: string;
}

export interface LiveServerEvents {
  snapshot: (snapshot: LiveSnapshot) => void;
  frame: (frame: LiveFrame) => void;
  /** The token's time is over; the connection is closed after it. */
  tokenEnded: (refusal: LiveRefusal) => void;
}

/** Clients only listen. */
export type LiveClientEvents = Record<never, never>;

export interface LiveSnapshot {
  gatewayId: string;
  /** The gateway's clock, Unix milliseconds. */
  madeAtMs: number;
  environment: string;
  targets: LiveTargets;
  partitionCount: number;
  /** True when `since` was in reach: `history` goes on right after it. Otherwise the client starts anew. */
  resumed: boolean;
  /** `ClosedSecond[]` as JSON in UTF-8, encoded once for all who connect. In order, without a hole, newest last. */
  history: ArrayBuffer | Uint8Array;
}

export interface LiveTargets {
  /** Per cent of committed transactions that succeed. */
  successPercent: number;
  latencyP99Ms: number;
}

/** What was committed in some time: sums of batch figures. */
export interface CommittedFigures extends BatchFigures {
  batches: number;
  /** `[bucket of latencyBoundsMs, count]` of each bucket that is not empty, in order. */
  latency: [bucket: number, count: number][];
}

/** Everything committed in one second, final. Read from the batch rows: never from a sample, never from an event that may be lost. */
export interface ClosedSecond extends CommittedFigures {
  /** Unix time of its start. The stream's sequence number. */
  second: number;
}

export interface LiveFrame {
  gatewayId: string;
  madeAtMs: number;
  /** Closed since this connection's last frame. Mostly one or none. */
  seconds: ClosedSecond[];
  /** Committed after the last closed second, by what was heard over NATS: provisional until the seconds close. */
  open: OpenFigures;
  /** Since midnight UTC, through the last closed second; null while it is being added up. */
  movedToday: MovedToday | null;
  /** By partition number. */
  partitions: LivePartition[];
  workers: LiveEngine[];
  gateways: LiveGateway[];
  takeovers: Takeover[];
  /** A sample of what was committed since the frame before, newest first. */
  payments: LivePayment[];
  sources: SourceAges;
  /** What waits for somebody; null: not known yet. Older gateways do not tell. */
  needsPerson?: NeedsPerson | null;
}

export interface OpenFigures extends CommittedFigures {
  /** First second it covers. */
  from: number;
  /** Commit time of the oldest transaction that no frame of this gateway showed before; null: nothing new. */
  oldestNewAtMs: number | null;
}

export interface MovedToday {
  /** `2026-11-22` */
  date: string;
  sumByCurrency: Record<string, string>;
  /** How many transactions `sumByCurrency` sums up, as far as their batches say it. Older gateways do not tell. */
  countByCurrency?: Record<string, number>;
}

/** `[epoch, engine id of the owner]`; null: no live owner is heard of. */
export type LivePartition = [epoch: number, workerId: string | null];

export interface LiveEngine {
  workerId: string;
  name: string;
  heardMsAgo: number;
  /** Partitions it says it owns. */
  partitions: number;
  /** It should own none, and waits to take over. Older gateways do not tell. */
  standsBy?: boolean;
  /** Payments queued or in flight. */
  mailboxDepth: number;
  /** Age of the oldest payment queued or in flight, from its acceptance; null: none waits. */
  oldestWaitingMs: number | null;
  /** Calls refused because the partition had a new owner, since the engine started. */
  fencedCalls: number;
  /** Calls whose outcome had to be looked up, since the engine started. */
  unknownCalls: number;
  memoryBytes: number;
}

export interface LiveGateway {
  gatewayId: string;
  /** Where clients reach it. */
  url: string;
  heardMsAgo: number;
  /** Commands that wait for an answer. */
  openCommands: number;
  /** Age of the oldest; null: none waits. */
  oldestOpenMs: number | null;
  /** Never committed in the last minute, by problem code: 503s, and OUTCOME_UNKNOWN for 504. */
  notAccepted: Record<string, number>;
  /** Connections to its live stream. */
  liveConnections: number;
}

/** Partitions that changed their owner together. */
export interface Takeover {
  atMs: number;
  partitions: number[];
  from: string | null;
  to: string;
  /** From the last sign of life of the old owner to the last claim of the new one; null: there was no old one. */
  tookMs: number | null;
  /** The old owner handed them over. */
  planned: boolean;
}

export interface LivePayment extends SampledTransaction {
  /** `metadata.name` of the wallet; null: it has none. */
  senderName: string | null;
  receiverName: string | null;
}

export interface NeedsPerson {
  /** The worst first, then the oldest. */
  lines: PersonLine[];
  /** Open alerts that somebody is at. */
  acknowledged: number;
  /** Since it was read. */
  ageMs: number;
  /** When the ledger was last checked against itself to the end, Unix milliseconds; null: never. Older gateways do not tell. */
  reconciledAt?: number | null;
  /** Age of the oldest commit that the broker does not have yet; null: no relay has ever run. Older gateways do not tell. */
  relayLagMs?: number | null;
}

/** All of one kind. */
export interface PersonLine {
  /** The type of alert, or one of `waitingKinds`: a reader must bear one that it does not know. */
  kind: string;
  /** Of the worst. INFO: somebody is at it. */
  severity: AlertSeverity;
  /** Up to `personCountMax`, which says "so many or more". */
  count: number;
  /** Unix milliseconds. */
  oldestAt: number;
}

/** What waits for a person and is no alert; of the last two there is one or none. */
export const waitingKinds = [
  'OPEN_FINDINGS',
  'DEAD_LETTERS_WAITING',
  'APPROVALS_WAITING',
  'RECONCILIATION_FAILED',
  'RECONCILIATION_LATE',
] as const;
export type WaitingKind = (typeof waitingKinds)[number];
/** A line counts no further. */
export const personCountMax = 1_000;

export interface SourceAges {
  /** Since Postgres last said which seconds are closed; null: never. */
  ledgerMs: number | null;
  /** Since anything was last heard of any engine over NATS; null: never. */
  engineMs: number | null;
}

/** What a live gateway tells the others every second. */
export interface GatewayHeartbeat {
  gatewayId: string;
  url: string;
  atMs: number;
  openCommands: number;
  oldestOpenMs: number | null;
  notAccepted: Record<string, number>;
  liveConnections: number;
}
