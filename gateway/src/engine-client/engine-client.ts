import { routingIdOf } from '@smart-wallet/engine/contract/command-traits.js';
import type { Command, CommandResult } from '@smart-wallet/engine/contract/commands.js';
import type { EngineHeartbeat, OwnershipEvent } from '@smart-wallet/engine/contract/events.js';
import { readLeanResult } from '@smart-wallet/engine/contract/lean-result.js';
import { readCommandResult } from '@smart-wallet/engine/contract/result-shape.js';
import type { Traces } from '../tracing/traces.js';
import { type Call, type Done, type EngineResult, isOpen } from './call.js';
import { type EngineClientFigures, newFigures } from './figures.js';
import { Lanes, retryBackoffMinMs } from './lanes.js';
import { OpenCalls } from './open-calls.js';
import type { OwnershipMap } from './ownership-map.js';
import { cachedPartitionOf } from './partition-cache.js';
import type { ScopedCommands } from './scoped-commands.js';
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

export const sweepEveryMs = 25;

export interface EngineClientOptions {
  transport: Transport;
  ownership: OwnershipMap;
  /** Monotonic milliseconds. */
  now: () => number;
  /** Runs a function at the end of the tick. */
  atTickEnd: (run: () => void) => void;
  /** Of callers that are bound to a scope. */
  scoped: ScopedCommands;
  /** Somebody's `done` threw: a bug of theirs, which must not cost the others their answers. */
  onFault: (error: unknown) => void;
  /** null: no command is traced. */
  traces?: Traces | null;
}

export class EngineClient implements TransportListener {
  readonly figures: EngineClientFigures = newFigures();
  readonly #ownership: OwnershipMap;
  readonly #now: () => number;
  readonly #open: OpenCalls;
  readonly #lanes: Lanes;
  readonly #partitionOf: (walletId: string) => number;
  readonly #scoped: ScopedCommands;

  constructor({ transport, ownership, now, atTickEnd, scoped, onFault, traces = null }: EngineClientOptions) {
    this.#scoped = scoped;
    this.#ownership = ownership;
    this.#now = now;
    this.#open = new OpenCalls(this.figures, onFault, traces);
    this.#lanes = new Lanes({ transport, ownership, now, atTickEnd, figures: this.figures });
    this.#partitionOf = cachedPartitionOf(ownership.partitionCount);
  }

  get openCount(): number {
    return this.#open.count;
  }

  /** Of the commands that wait for an answer. */
  get openBytes(): number {
    return this.#open.bytes;
  }

  /** Age of the oldest command that waits for an answer; null: none waits. */
  oldestOpenMs(): number | null {
    return this.#open.oldestMs(this.#now());
  }

  get requestsInFlight(): number {
    return this.#lanes.requestsInFlight;
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
    if (command.scope !== undefined) return this.#scoped.start(command, done, this.#start);
    this.#start(command, done);
  }

  readonly #start = (command: Command, done: Done): void => {
    const call = this.#open.open(command, this.#partitionOf(routingIdOf(command)), done, this.#now());
    if (call) this.#lanes.add(call);
  };

  /** Answers what ran out of time and retries what waited long enough. Called every `sweepEveryMs`. */
  sweep(): void {
    const now = this.#now();
    this.#open.expire(now);
    this.#lanes.sweep(now);
  }

  unreached(requestId: number): void {
    const request = this.#lanes.land(requestId);
    if (!request) return;
    for (const call of request.calls) call.notDone = 'PARTITION_UNAVAILABLE';
    this.#lanes.wait(request.lane, request.calls);
  }

  replied(requestId: number, answer: unknown): void {
    const request = this.#lanes.land(requestId);
    if (!request) return;
    const { lane, calls } = request;
    const results = readResults(answer, calls);
    if (!results) {
      for (const call of calls) call.maybeDone = true;
      return this.#lanes.wait(lane, calls);
    }
    // NOT_OWNER says the opposite, and every engine that is asked says it.
    if (!results.every(isNotOwner)) this.#ownership.answered(lane.partition, request.epoch, this.#now());
    const again: Call[] = [];
    for (let i = 0; i < calls.length; i++) this.#apply(calls[i] as Call, results[i] as CommandResult, again);
    if (again.length > 0) this.#lanes.wait(lane, again);
    else lane.backoffMs = retryBackoffMinMs;
  }

  ownership(event: OwnershipEvent): void {
    if (this.#ownership.event(event, this.#now())) this.#lanes.ownerFound(event.partition);
  }

  heartbeat(beat: EngineHeartbeat): void {
    for (const partition of this.#ownership.heartbeat(beat, this.#now())) this.#lanes.ownerFound(partition);
  }

  connected(): void {
    this.#lanes.connected();
  }

  disconnected(): void {
    this.#lanes.disconnected();
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
      else this.#open.settle(call, { outcome: 'NOT_DONE', code });
    } else {
      this.#open.settle(call, result);
    }
  }
}

function isNotOwner(result: CommandResult): boolean {
  return result.outcome === 'NOT_DONE' && result.code === 'NOT_OWNER';
}

/** undefined when the answer is not what was asked for: then nothing is known. */
function readResults(answer: unknown, calls: readonly Call[]): CommandResult[] | undefined {
  if (!Array.isArray(answer) || answer.length !== calls.length) return undefined;
  return answer.map((result, i) => readResult(result, calls[i] as Call) ?? { outcome: 'UNKNOWN' });
}

function readResult(result: unknown, { command, partition }: Call): CommandResult | undefined {
  return Array.isArray(result) ? readLeanResult(result, command, partition) : readCommandResult(result);
}
