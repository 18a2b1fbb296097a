import { commandDeadlineMs } from '@smart-wallet/engine/contract/limits.js';
import { type Call, isOpen } from './call.js';
import type { EngineClientFigures } from './figures.js';
import { replyGraceMs } from './open-calls.js';
import type { OwnershipMap } from './ownership-map.js';
import { packRequest } from './request-packing.js';
import type { Transport } from './transport.js';

export const retryBackoffMinMs = 25;
export const retryBackoffMaxMs = 250;

/** The calls for one partition. */
export interface Lane {
  readonly partition: number;
  outgoing: Call[];
  waiting: Call[];
  readonly inFlight: Set<Request>;
  backoffMs: number;
  retryAtMs: number;
  dirty: boolean;
}

export interface Request {
  readonly id: number;
  readonly lane: Lane;
  readonly epoch: number;
  /** No reply is awaited after it. */
  readonly endsAtMs: number;
  readonly calls: readonly Call[];
}

export interface LanesOptions {
  transport: Transport;
  ownership: OwnershipMap;
  /** Monotonic milliseconds. */
  now: () => number;
  /** Runs a function at the end of the tick. */
  atTickEnd: (run: () => void) => void;
  figures: EngineClientFigures;
}

/** Calls on their way to the owners of their partitions: a lane for each, and the requests in flight. */
export class Lanes {
  readonly #transport: Transport;
  readonly #ownership: OwnershipMap;
  readonly #now: () => number;
  readonly #atTickEnd: (run: () => void) => void;
  readonly #figures: EngineClientFigures;
  readonly #lanes: readonly Lane[];
  readonly #requests = new Map<number, Request>();
  #dirtyLanes: Lane[] = [];
  #lastRequestId = 0;

  constructor({ transport, ownership, now, atTickEnd, figures }: LanesOptions) {
    this.#transport = transport;
    this.#ownership = ownership;
    this.#now = now;
    this.#atTickEnd = atTickEnd;
    this.#figures = figures;
    this.#lanes = Array.from({ length: ownership.partitionCount }, (_, partition) => ({
      partition,
      outgoing: [],
      waiting: [],
      inFlight: new Set<Request>(),
      backoffMs: retryBackoffMinMs,
      retryAtMs: 0,
      dirty: false,
    }));
  }

  get requestsInFlight(): number {
    return this.#requests.size;
  }

  /** Sends it at the end of the tick. */
  add(call: Call): void {
    const lane = this.#lanes[call.partition] as Lane;
    lane.outgoing.push(call);
    this.#markDirty(lane);
  }

  /** Ends a request's flight. undefined: superseded by a newer epoch, given up, or of an earlier connection. */
  land(requestId: number): Request | undefined {
    const request = this.#requests.get(requestId);
    if (request) this.#forget(request);
    return request;
  }

  /** They are sent again after a while. */
  wait(lane: Lane, calls: readonly Call[]): void {
    lane.retryAtMs = this.#now() + lane.backoffMs;
    lane.backoffMs = Math.min(lane.backoffMs * 2, retryBackoffMaxMs);
    for (const call of calls) if (isOpen(call)) lane.waiting.push(call);
    this.#figures.retries += calls.length;
  }

  /** Gives up attempts without a reply, and sends again what waited long enough. */
  sweep(now: number): void {
    // Oldest first; joined calls of one that was never answered may live on.
    for (const request of this.#requests.values()) {
      if (request.endsAtMs > now) break;
      this.#giveUpAttempt(request);
    }
    for (const lane of this.#lanes) {
      if (lane.waiting.length > 0 && lane.retryAtMs <= now) this.#resume(lane);
    }
  }

  /** The old epoch is fenced: what was sent to it and not answered may be done or never will be. Its owner knows. */
  ownerFound(partition: number): void {
    const lane = this.#lanes[partition] as Lane;
    const epoch = this.#ownership.liveEpoch(partition, this.#now());
    for (const request of [...lane.inFlight]) if (request.epoch < epoch) this.#giveUpAttempt(request);
    lane.backoffMs = retryBackoffMinMs;
    this.#resume(lane);
  }

  connected(): void {
    for (const lane of this.#lanes) this.#resume(lane);
  }

  /** Replies to what is in flight are lost. */
  disconnected(): void {
    for (const request of [...this.#requests.values()]) this.#giveUpAttempt(request);
  }

  #giveUpAttempt(request: Request): void {
    this.#forget(request);
    for (const call of request.calls) {
      call.maybeDone = true;
      if (isOpen(call)) request.lane.waiting.push(call);
    }
  }

  #forget(request: Request): void {
    this.#requests.delete(request.id);
    request.lane.inFlight.delete(request);
    for (const call of request.calls) call.inFlight = false;
  }

  #resume(lane: Lane): void {
    lane.retryAtMs = 0;
    if (lane.waiting.length === 0) return;
    // In the order they came: what waited goes before what is new.
    lane.outgoing = lane.outgoing.length === 0 ? lane.waiting : lane.waiting.concat(lane.outgoing);
    lane.waiting = [];
    this.#markDirty(lane);
  }

  #markDirty(lane: Lane): void {
    if (lane.dirty) return;
    lane.dirty = true;
    if (this.#dirtyLanes.push(lane) === 1) this.#atTickEnd(this.#flush);
  }

  readonly #flush = (): void => {
    const lanes = this.#dirtyLanes;
    this.#dirtyLanes = [];
    const now = this.#now();
    for (const lane of lanes) {
      lane.dirty = false;
      this.#flushLane(lane, now);
    }
    this.#transport.flush();
  };

  #flushLane(lane: Lane, now: number): void {
    const calls = lane.outgoing;
    lane.outgoing = [];
    const epoch = lane.retryAtMs > now ? 0 : this.#ownership.liveEpoch(lane.partition, now);
    const workerId = this.#ownership.ownerOf(lane.partition);
    if (epoch === 0 || workerId === null) {
      for (const call of calls) if (isOpen(call)) lane.waiting.push(call);
      return;
    }
    let from = 0;
    while (from < calls.length) {
      const packed = packRequest(calls, from, now);
      from = packed.next;
      // Too late to be sent again; the sweep answers them.
      lane.waiting.push(...packed.late);
      if (packed.taken.length > 0) this.#send(lane, { workerId, epoch }, packed, now);
    }
  }

  #send(
    lane: Lane,
    { workerId, epoch }: { workerId: string; epoch: number },
    { taken, fields, bytes }: ReturnType<typeof packRequest>,
    now: number,
  ): void {
    const id = ++this.#lastRequestId;
    const text = `{"id":${id},"partition":${lane.partition},"epoch":${epoch},"lean":true,${fields}}`;
    if (!this.#transport.send(workerId, { id, text, bytes })) {
      for (const call of taken) lane.waiting.push(call);
      return;
    }
    const request: Request = { id, lane, epoch, endsAtMs: now + commandDeadlineMs + replyGraceMs, calls: taken };
    for (const call of taken) call.inFlight = true;
    this.#requests.set(id, request);
    lane.inFlight.add(request);
    this.#figures.requests++;
    this.#figures.commandsSent += taken.length;
  }
}
