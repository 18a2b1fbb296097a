import { commandWalletId, weightOf } from '@smart-wallet/engine/contract/command-traits.js';
import type { Command, CommandResult } from '@smart-wallet/engine/contract/commands.js';
import type { EngineHeartbeat, OwnershipEvent } from '@smart-wallet/engine/contract/events.js';
import {
  commandAgeMaxMs,
  commandDeadlineMs,
  requestBytesMax,
  requestPaymentsMax,
} from '@smart-wallet/engine/contract/limits.js';
import { readCommandResult } from '@smart-wallet/engine/contract/result-shape.js';
import { type Call, type Done, type EngineResult, type Waiter, WaiterList } from './call.js';
import { countResult, type EngineClientFigures, newFigures } from './figures.js';
import type { OwnershipMap } from './ownership-map.js';
import { cachedPartitionOf } from './partition-cache.js';
import type { Transport, TransportListener } from './transport.js';

/*
 * Brings commands to the owners of their partitions and answers each honestly.
 *
 *                       no owner, not connected, backing off
 *   execute ─► outgoing ────────────────────────────────────► waiting
 *                 │  ▲                                           │
 *    end of tick  │  └───────────────────────────────────────────┘ newer owner, reconnected, backoff over
 *                 ▼
 *             in flight ─► decided: answered
 *                 │
 *                 ├─ nobody listens, NOT_OWNER: this attempt was not done ─► waiting
 *                 ├─ OVERLOADED and its like: answered so, unless an earlier attempt may have been done ─► waiting
 *                 └─ a newer epoch, a lost connection, UNKNOWN: it may be done (`maybeDone`, never taken back) ─► again
 *
 * Sending again is safe: every command carries a key into its commit, and the ledger answers a key that it knows with what it made.
 * Out of time means OUTCOME_UNKNOWN once any attempt may have been done, and "certainly not done" otherwise.
 */

/** Commands and joined calls this gateway holds at once; beyond, new ones are turned away with nothing sent. */
export const commandsOpenMax = 20_000;
/** And their bytes, encoded: a stalled engine or database cannot fill the memory, however large the commands are. */
export const commandBytesOpenMax = 64 * 1_048_576;
/** After its deadline a command in flight waits this long for the engine's own DEADLINE_EXCEEDED. */
export const replyGraceMs = 300;
export const retryBackoffMinMs = 25;
export const retryBackoffMaxMs = 250;
export const sweepEveryMs = 25;
/** Of a request besides its commands and their times, at most. */
const requestFrameBytes = 120;

export interface EngineClientOptions {
  transport: Transport;
  ownership: OwnershipMap;
  /** Monotonic milliseconds. */
  now: () => number;
  /** Runs a function at the end of the tick. */
  atTickEnd: (run: () => void) => void;
  /** Somebody's `done` threw: a bug of theirs, which must not cost the others their answers. */
  onFault: (error: unknown) => void;
}

interface Lane {
  readonly partition: number;
  outgoing: Call[];
  waiting: Call[];
  readonly inFlight: Set<Request>;
  backoffMs: number;
  retryAtMs: number;
  dirty: boolean;
}

interface Request {
  readonly id: number;
  readonly lane: Lane;
  readonly epoch: number;
  /** No reply is awaited after it. */
  readonly endsAtMs: number;
  readonly calls: Call[];
}

export class EngineClient implements TransportListener {
  readonly figures: EngineClientFigures = newFigures();
  readonly #transport: Transport;
  readonly #ownership: OwnershipMap;
  readonly #now: () => number;
  readonly #atTickEnd: (run: () => void) => void;
  readonly #onFault: (error: unknown) => void;
  readonly #lanes: Lane[];
  readonly #partitionOf: (walletId: string) => number;
  readonly #openByKey = new Map<string, Call>();
  readonly #requests = new Map<number, Request>();
  readonly #waiters = new WaiterList();
  #dirtyLanes: Lane[] = [];
  #lastRequestId = 0;
  #openBytes = 0;

  constructor(options: EngineClientOptions) {
    this.#transport = options.transport;
    this.#ownership = options.ownership;
    this.#now = options.now;
    this.#atTickEnd = options.atTickEnd;
    this.#onFault = options.onFault;
    this.#partitionOf = cachedPartitionOf(options.ownership.partitionCount);
    this.#lanes = Array.from({ length: options.ownership.partitionCount }, (_, partition) => ({
      partition,
      outgoing: [],
      waiting: [],
      inFlight: new Set<Request>(),
      backoffMs: retryBackoffMinMs,
      retryAtMs: 0,
      dirty: false,
    }));
  }

  get openCount(): number {
    return this.#waiters.length;
  }

  /** Of the commands that wait for an answer. */
  get openBytes(): number {
    return this.#openBytes;
  }

  /** Age of the oldest command that waits for an answer; null: none waits. */
  oldestOpenMs(): number | null {
    const { head } = this.#waiters;
    return head && Math.max(0, Math.round(this.#now() - (head.deadlineAtMs - commandDeadlineMs)));
  }

  get requestsInFlight(): number {
    return this.#requests.size;
  }

  /** Partitions whose owner has not been heard of lately. */
  unownedPartitions(): number[] {
    return this.#ownership.unowned(this.#now());
  }

  execute(command: Command): Promise<EngineResult> {
    return new Promise((resolve) => this.start(command, resolve));
  }

  /** As `execute`, with a callback, which may run before this returns. */
  start(command: Command, done: Done): void {
    const { keyDigest, requestHash } = command;
    // Another request under the key of one in flight goes to the engine too: whose the key is, only the ledger knows.
    const first = this.#openByKey.get(keyDigest);
    const open = first?.requestHash === requestHash ? first : undefined;
    if (this.#waiters.length >= commandsOpenMax) return this.#answer(done, { outcome: 'NOT_DONE', code: 'OVERLOADED' });
    const deadlineAtMs = this.#now() + commandDeadlineMs;
    if (open && deadlineAtMs - open.openedAtMs < commandAgeMaxMs) return this.#join(open, done, deadlineAtMs);

    const encoded = JSON.stringify(command);
    const bytes = Buffer.byteLength(encoded);
    if (bytes > requestBytesMax) return this.#answer(done, { outcome: 'TOO_LARGE' });
    if (this.#openBytes + bytes > commandBytesOpenMax) {
      return this.#answer(done, { outcome: 'NOT_DONE', code: 'OVERLOADED' });
    }
    const call: Call = {
      partition: this.#partitionOf(commandWalletId(command)),
      encoded,
      bytes,
      payments: weightOf(command),
      openedAtMs: deadlineAtMs - commandDeadlineMs,
      keyDigest,
      requestHash,
      deadlineAtMs,
      maybeDone: false,
      inFlight: false,
      notDone: 'PARTITION_UNAVAILABLE',
      first: null,
      joined: null,
    };
    call.first = { call, done, joined: false, deadlineAtMs, previous: null, next: null };
    this.#waiters.append(call.first);
    this.#openBytes += bytes;
    if (!first || open) this.#openByKey.set(keyDigest, call);
    const lane = this.#lanes[call.partition] as Lane;
    lane.outgoing.push(call);
    this.#markDirty(lane);
  }

  /** Answers what ran out of time and retries what waited long enough. Called every `sweepEveryMs`. */
  sweep(): void {
    const now = this.#now();
    let waiter = this.#waiters.head;
    while (waiter && waiter.deadlineAtMs <= now) {
      const next: Waiter | null = waiter.next;
      if (!waiter.call.inFlight || waiter.deadlineAtMs + replyGraceMs <= now) this.#expire(waiter);
      waiter = next;
    }
    // Oldest first; joined calls of one that was never answered may live on.
    for (const request of this.#requests.values()) {
      if (request.endsAtMs > now) break;
      this.#giveUpAttempt(request);
    }
    for (const lane of this.#lanes) {
      if (lane.waiting.length > 0 && lane.retryAtMs <= now) this.#resume(lane);
    }
  }

  unreached(requestId: number): void {
    const request = this.#requests.get(requestId);
    if (!request) return;
    this.#forget(request);
    for (const call of request.calls) call.notDone = 'PARTITION_UNAVAILABLE';
    this.#wait(request.lane, request.calls);
  }

  replied(requestId: number, answer: unknown): void {
    const request = this.#requests.get(requestId);
    // Superseded by a newer epoch, given up, or of an earlier connection.
    if (!request) return;
    this.#forget(request);
    const { lane, calls } = request;
    const results = readResults(answer, calls.length);
    if (!results) {
      for (const call of calls) call.maybeDone = true;
      return this.#wait(lane, calls);
    }
    // NOT_OWNER says the opposite, and every engine that is asked says it.
    if (!results.every(isNotOwner)) this.#ownership.answered(lane.partition, request.epoch, this.#now());
    const again: Call[] = [];
    for (let i = 0; i < calls.length; i++) this.#apply(calls[i] as Call, results[i] as CommandResult, again);
    if (again.length > 0) this.#wait(lane, again);
    else lane.backoffMs = retryBackoffMinMs;
  }

  ownership(event: OwnershipEvent): void {
    if (this.#ownership.event(event, this.#now())) this.#ownerFound(event.partition);
  }

  heartbeat(beat: EngineHeartbeat): void {
    for (const partition of this.#ownership.heartbeat(beat, this.#now())) this.#ownerFound(partition);
  }

  connected(): void {
    for (const lane of this.#lanes) this.#resume(lane);
  }

  /** Replies to what is in flight are lost. */
  disconnected(): void {
    for (const request of [...this.#requests.values()]) this.#giveUpAttempt(request);
  }

  /** The old epoch is fenced: what was sent to it and not answered may be done or never will be. Its owner knows. */
  #ownerFound(partition: number): void {
    const lane = this.#lanes[partition] as Lane;
    const epoch = this.#ownership.liveEpoch(partition, this.#now());
    for (const request of [...lane.inFlight]) if (request.epoch < epoch) this.#giveUpAttempt(request);
    lane.backoffMs = retryBackoffMinMs;
    this.#resume(lane);
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

  #apply(call: Call, result: CommandResult, again: Call[]): void {
    if (!isOpen(call)) return;
    if (result.outcome === 'UNKNOWN') {
      call.maybeDone = true;
      again.push(call);
    } else if (result.outcome === 'NOT_DONE') {
      const code = result.code === 'NOT_OWNER' ? 'PARTITION_UNAVAILABLE' : result.code;
      call.notDone = code;
      // It was not looked at: that says nothing about an earlier attempt.
      if (isNotOwner(result) || call.maybeDone) again.push(call);
      else this.#settle(call, { outcome: 'NOT_DONE', code });
    } else {
      this.#settle(call, result);
    }
  }

  #wait(lane: Lane, calls: Call[]): void {
    lane.retryAtMs = this.#now() + lane.backoffMs;
    lane.backoffMs = Math.min(lane.backoffMs * 2, retryBackoffMaxMs);
    for (const call of calls) if (isOpen(call)) lane.waiting.push(call);
    this.figures.retries += calls.length;
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
    while (from < calls.length) from = this.#sendFrom(lane, workerId, epoch, calls, from, now);
  }

  /** Sends one request with as many of the calls as fit. Returns the index of the first that did not. */
  #sendFrom(lane: Lane, workerId: string, epoch: number, calls: Call[], from: number, now: number): number {
    const taken: Call[] = [];
    let msLeft = '';
    let commands = '';
    let bytes = requestFrameBytes;
    let payments = 0;
    let at = from;
    for (; at < calls.length; at++) {
      const call = calls[at] as Call;
      if (!isOpen(call)) continue;
      const left = Math.floor(call.deadlineAtMs - now);
      if (left <= 0) {
        // Too late to be sent again; the sweep answers it.
        lane.waiting.push(call);
        continue;
      }
      const fits = bytes + call.bytes + 8 <= requestBytesMax && payments + call.payments <= requestPaymentsMax;
      if (taken.length > 0 && !fits) break;
      bytes += call.bytes + 8;
      payments += call.payments;
      msLeft += taken.length === 0 ? left : `,${left}`;
      commands += taken.length === 0 ? call.encoded : `,${call.encoded}`;
      taken.push(call);
    }
    if (taken.length === 0) return at;
    const request: Request = {
      id: ++this.#lastRequestId,
      lane,
      epoch,
      endsAtMs: now + commandDeadlineMs + replyGraceMs,
      calls: taken,
    };
    const head = `"id":${request.id},"partition":${lane.partition},"epoch":${epoch}`;
    const text = `{${head},"msLeft":[${msLeft}],"commands":[${commands}]}`;
    if (!this.#transport.send(workerId, { id: request.id, text, bytes })) {
      for (const call of taken) lane.waiting.push(call);
      return at;
    }
    for (const call of taken) call.inFlight = true;
    this.#requests.set(request.id, request);
    lane.inFlight.add(request);
    this.figures.requests++;
    this.figures.commandsSent += taken.length;
    return at;
  }

  #join(call: Call, done: Done, deadlineAtMs: number): void {
    const waiter: Waiter = { call, done, joined: true, deadlineAtMs, previous: null, next: null };
    call.joined ??= [];
    call.joined.push(waiter);
    call.deadlineAtMs = deadlineAtMs;
    this.#waiters.append(waiter);
    this.figures.joined++;
  }

  #settle(call: Call, result: EngineResult): void {
    this.#close(call);
    const { first, joined } = call;
    call.first = null;
    call.joined = null;
    if (first) this.#leave(first, result);
    if (joined) for (const waiter of joined) this.#leave(waiter, result);
  }

  #expire(waiter: Waiter): void {
    const { call } = waiter;
    if (!call.inFlight && !call.maybeDone) {
      this.#leaveCall(waiter, { outcome: 'NOT_DONE', code: call.notDone });
    } else {
      this.#leaveCall(waiter, waiter.joined ? { outcome: 'IN_PROGRESS' } : { outcome: 'UNKNOWN' });
    }
  }

  /** One waiter gives up; the call goes on while another one waits. */
  #leaveCall(waiter: Waiter, result: EngineResult): void {
    const { call } = waiter;
    if (waiter.joined) call.joined = call.joined?.filter((other) => other !== waiter) ?? null;
    else call.first = null;
    if (!isOpen(call)) this.#close(call);
    this.#leave(waiter, result);
  }

  /** Nobody waits for it any more. A later call may have its key by now. */
  #close(call: Call): void {
    this.#openBytes -= call.bytes;
    if (this.#openByKey.get(call.keyDigest) === call) this.#openByKey.delete(call.keyDigest);
  }

  #leave(waiter: Waiter, result: EngineResult): void {
    this.#waiters.remove(waiter);
    this.#answer(waiter.done, result);
  }

  #answer(done: Done, result: EngineResult): void {
    countResult(this.figures, result);
    try {
      done(result);
    } catch (error) {
      this.#onFault(error);
    }
  }
}

function isOpen(call: Call): boolean {
  return call.first !== null || (call.joined !== null && call.joined.length > 0);
}

function isNotOwner(result: CommandResult): boolean {
  return result.outcome === 'NOT_DONE' && result.code === 'NOT_OWNER';
}

/** undefined when the answer is not what was asked for: then nothing is known. */
function readResults(answer: unknown, count: number): CommandResult[] | undefined {
  if (!Array.isArray(answer) || answer.length !== count) return undefined;
  return answer.map((result) => readCommandResult(result) ?? { outcome: 'UNKNOWN' });
}
