import { weightOf } from '@smart-wallet/engine/contract/command-traits.js';
import type { Command } from '@smart-wallet/engine/contract/commands.js';
import { commandAgeMaxMs, commandDeadlineMs, requestBytesMax } from '@smart-wallet/engine/contract/limits.js';
import { commandEnds, type Traces } from '../tracing/traces.js';
import { type Call, type Done, type EngineResult, isOpen, type Waiter, WaiterList } from './call.js';
import { countResult, type EngineClientFigures } from './figures.js';

/** Commands and joined calls this gateway holds at once; beyond, new ones are turned away with nothing sent. */
export const commandsOpenMax = 20_000;
/** And their bytes, encoded: a stalled engine or database cannot fill the memory, however large the commands are. */
export const commandBytesOpenMax = 64 * 1_048_576;
/** After its deadline a command in flight waits this long for the engine's own DEADLINE_EXCEEDED. */
export const replyGraceMs = 300;

/** Who waits for which command, for how long yet: opened, joined by identical ones, and answered once and for all. */
export class OpenCalls {
  readonly #figures: EngineClientFigures;
  readonly #onFault: (error: unknown) => void;
  readonly #traces: Traces | null;
  readonly #byKey = new Map<string, Call>();
  readonly #waiters = new WaiterList();
  #bytes = 0;

  /** @param onFault somebody's `done` threw */
  constructor(figures: EngineClientFigures, onFault: (error: unknown) => void, traces: Traces | null) {
    this.#figures = figures;
    this.#onFault = onFault;
    this.#traces = traces;
  }

  get count(): number {
    return this.#waiters.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Age of the oldest waiter; null: none waits. */
  oldestMs(now: number): number | null {
    const { head } = this.#waiters;
    return head && Math.max(0, Math.round(now - (head.deadlineAtMs - commandDeadlineMs)));
  }

  /** The call that is to be sent now; null: it joined another one, or was turned away and is answered. */
  open(command: Command, partition: number, done: Done, now: number): Call | null {
    const { keyDigest, requestHash } = command;
    // Another request under the key of one in flight goes to the engine too: whose the key is, only the ledger knows.
    const first = this.#byKey.get(keyDigest);
    // The same request of a caller that is bound to another scope may have another answer.
    const same = first?.requestHash === requestHash && first.command.scope === command.scope ? first : undefined;
    if (this.count >= commandsOpenMax) return this.#turnAway(done, { outcome: 'NOT_DONE', code: 'OVERLOADED' });
    const deadlineAtMs = now + commandDeadlineMs;
    if (same && deadlineAtMs - same.openedAtMs < commandAgeMaxMs) return this.#join(same, done, deadlineAtMs);

    const encoded = JSON.stringify(command);
    const bytes = Buffer.byteLength(encoded);
    if (bytes > requestBytesMax) return this.#turnAway(done, { outcome: 'TOO_LARGE' });
    if (this.#bytes + bytes > commandBytesOpenMax) {
      return this.#turnAway(done, { outcome: 'NOT_DONE', code: 'OVERLOADED' });
    }
    const call: Call = {
      partition,
      command,
      encoded,
      bytes,
      payments: weightOf(command),
      openedAtMs: now,
      keyDigest,
      requestHash,
      span: this.#traces === null ? null : this.#traces.commandLeaves(command, partition),
      deadlineAtMs,
      maybeDone: false,
      inFlight: false,
      notDone: 'PARTITION_UNAVAILABLE',
      first: null,
      joined: null,
    };
    call.first = { call, done, joined: false, deadlineAtMs, previous: null, next: null };
    this.#waiters.append(call.first);
    this.#bytes += bytes;
    if (!first || same) this.#byKey.set(keyDigest, call);
    return call;
  }

  settle(call: Call, result: EngineResult): void {
    if (call.span !== null) commandEnds(call.span, result);
    this.#close(call);
    const { first, joined } = call;
    call.first = null;
    call.joined = null;
    if (first) this.#leave(first, result);
    if (joined) for (const waiter of joined) this.#leave(waiter, result);
  }

  /** Answers who ran out of time. */
  expire(now: number): void {
    let waiter = this.#waiters.head;
    while (waiter && waiter.deadlineAtMs <= now) {
      const next: Waiter | null = waiter.next;
      if (!waiter.call.inFlight || waiter.deadlineAtMs + replyGraceMs <= now) this.#giveUp(waiter);
      waiter = next;
    }
  }

  #join(call: Call, done: Done, deadlineAtMs: number): null {
    const waiter: Waiter = { call, done, joined: true, deadlineAtMs, previous: null, next: null };
    call.joined ??= [];
    call.joined.push(waiter);
    call.deadlineAtMs = deadlineAtMs;
    this.#waiters.append(waiter);
    this.#figures.joined++;
    return null;
  }

  /** One waiter gives up; the call goes on while another one waits. */
  #giveUp(waiter: Waiter): void {
    const { call } = waiter;
    const isCertain = !call.inFlight && !call.maybeDone;
    if (waiter.joined) call.joined = call.joined?.filter((other) => other !== waiter) ?? null;
    else call.first = null;
    if (!isOpen(call)) {
      if (call.span !== null)
        commandEnds(call.span, isCertain ? { outcome: 'NOT_DONE', code: call.notDone } : { outcome: 'UNKNOWN' });
      this.#close(call);
    }
    if (isCertain) this.#leave(waiter, { outcome: 'NOT_DONE', code: call.notDone });
    else this.#leave(waiter, waiter.joined ? { outcome: 'IN_PROGRESS' } : { outcome: 'UNKNOWN' });
  }

  /** Nobody waits for it any more. A later call may have its key by now. */
  #close(call: Call): void {
    this.#bytes -= call.bytes;
    if (this.#byKey.get(call.keyDigest) === call) this.#byKey.delete(call.keyDigest);
  }

  #leave(waiter: Waiter, result: EngineResult): void {
    this.#waiters.remove(waiter);
    this.#answer(waiter.done, result);
  }

  #turnAway(done: Done, result: EngineResult): null {
    this.#answer(done, result);
    return null;
  }

  #answer(done: Done, result: EngineResult): void {
    countResult(this.#figures, result);
    try {
      done(result);
    } catch (error) {
      this.#onFault(error);
    }
  }
}
