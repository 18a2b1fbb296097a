import type { Span } from '@opentelemetry/api';
import type { Command, CommandResult } from '@smart-wallet/engine/contract/commands.js';
import type { NotDoneCode } from '@smart-wallet/engine/contract/rejection.js';

/** How a command ended for its caller. */
export type EngineResult =
  | Exclude<CommandResult, { outcome: 'NOT_DONE' }>
  /** Certainly not done, and worth asking again. */
  | { outcome: 'NOT_DONE'; code: GatewayNotDoneCode }
  /** An identical call came first and was still in flight when this one's time was over. */
  | { outcome: 'IN_PROGRESS' }
  /** Its message is larger than one request to the engine may be. */
  | { outcome: 'TOO_LARGE' };

export type GatewayNotDoneCode = Exclude<NotDoneCode, 'NOT_OWNER'> | 'PARTITION_UNAVAILABLE' | 'UPGRADE_UNDER_WAY';

export type Done = (result: EngineResult) => void;

/** A command on its way. It is in exactly one place: a lane's `outgoing`, a lane's `waiting`, or a request in flight. */
export interface Call {
  readonly partition: number;
  readonly command: Command;
  /** As JSON. */
  readonly encoded: string;
  readonly bytes: number;
  /** How many results it takes up in a reply. */
  readonly payments: number;
  /** The engine drops it undecided once it is `commandAgeMaxMs` old: nobody who may wait longer joins it. */
  readonly openedAtMs: number;
  readonly keyDigest: string;
  readonly requestHash: string;
  /** null: not traced. */
  readonly span: Span | null;
  /** The latest deadline of its waiters. */
  deadlineAtMs: number;
  /** An attempt was sent and never definitely answered, so only a decision tells how it ended. Never goes back. */
  maybeDone: boolean;
  /** Sent, and not answered yet. */
  inFlight: boolean;
  /** Why the last attempt was not done. */
  notDone: GatewayNotDoneCode;
  first: Waiter | null;
  /** Identical calls that came while this one was open. */
  joined: Waiter[] | null;
}

/** Somebody waiting for a call, in a list ordered by deadline. */
export interface Waiter {
  readonly call: Call;
  readonly done: Done;
  readonly joined: boolean;
  readonly deadlineAtMs: number;
  previous: Waiter | null;
  next: Waiter | null;
}

/** Waiters ordered by deadline: all have the same time, so the order they came in. Leaving costs nothing. */
export class WaiterList {
  head: Waiter | null = null;
  #tail: Waiter | null = null;
  length = 0;

  append(waiter: Waiter): void {
    waiter.previous = this.#tail;
    if (this.#tail) this.#tail.next = waiter;
    else this.head = waiter;
    this.#tail = waiter;
    this.length++;
  }

  remove(waiter: Waiter): void {
    if (waiter.previous) waiter.previous.next = waiter.next;
    else this.head = waiter.next;
    if (waiter.next) waiter.next.previous = waiter.previous;
    else this.#tail = waiter.previous;
    waiter.previous = null;
    waiter.next = null;
    this.length--;
  }
}

/** Somebody waits for it yet. */
export function isOpen(call: Call): boolean {
  return call.first !== null || (call.joined !== null && call.joined.length > 0);
}
