import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Acknowledged } from '../audit/audit.js';
import { type Answer, cameTooLate, PatientCallers } from './patient-caller.js';
import { type AskKind, honestRefusals, type RandomAsk, RandomAsks } from './random-asks.js';

/** Share of the asks that are sent twice at once with one key. */
const doubledShare = 0.1;

/** A definite answer, and what was asked. */
export interface Promised {
  readonly ask: RandomAsk;
  readonly answer: Answer;
}

/**
 * Callers that at random pay, hold, capture, void, refund, reverse and change limits between a few wallets, each with a key of its
 * own, and ask again with that key until the answer is definite, as a careful caller would. Remembers every answer.
 */
export class Traffic {
  /** Every definite answer that names a transaction, replays too. */
  readonly acknowledged: Acknowledged[] = [];
  /** What each key was promised. */
  readonly promised = new Map<string, Promised>();
  /** Keys that had more than one answer: must stay empty. */
  readonly contradictions: string[] = [];
  readonly #dishonest = new Set<string>();
  /** Holds that were refused since their time was over before they were asked for. */
  #late = 0;
  readonly #callers: PatientCallers;
  readonly #asks: RandomAsks;
  asked = 0;
  #running = false;
  readonly #clients: Promise<void>[] = [];

  constructor(
    gatewayUrls: readonly string[],
    token: string,
    walletIds: readonly string[],
    private readonly random: () => number,
  ) {
    this.#callers = new PatientCallers(gatewayUrls, token, random);
    this.#asks = new RandomAsks(walletIds, random);
  }

  /** Each of so many clients asks, and thinks for `thinkMs` on average before it asks for something else. */
  start(clientCount: number, { thinkMs = 0 } = {}): void {
    this.#running = true;
    for (let i = 0; i < clientCount; i += 1) this.#clients.push(this.#client(i, thinkMs));
  }

  /** Resolves when everything under way has its answer. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
    await this.#callers.close();
  }

  get seen(): ReadonlyMap<string, number> {
    return this.#callers.seen;
  }

  get unanswered(): readonly string[] {
    return this.#callers.unanswered;
  }

  get retries(): number {
    return this.#callers.retries;
  }

  count(...names: string[]): number {
    return names.reduce((sum, name) => sum + (this.seen.get(name) ?? 0), 0);
  }

  /** Answers that no fault justifies. */
  surprises(): string[] {
    // What is malformed is among the dishonest ones, unless it is a hold that came too late.
    const honest = /^(200|201|422 .*|400 VALIDATION_FAILED|50[34] .*|409 IDEMPOTENCY_IN_PROGRESS|connection)$/;
    return [...[...this.seen.keys()].filter((name) => !honest.test(name)), ...this.#dishonest];
  }

  /**
   * Answers that were not what was asked for: where nothing fails there are none. A refusal is an answer, too, also of a hold that
   * a busy machine sent too late.
   */
  failures(): string[] {
    const answers = [...this.seen].filter(([name, times]) => name !== '400 VALIDATION_FAILED' || times > this.#late);
    return answers
      .map(([name]) => name)
      .filter((name) => !/^(200|201|422 .*)$/.test(name))
      .concat(...this.#dishonest);
  }

  /** How many asks of each kind were granted. */
  granted(): Record<AskKind, number> {
    const counts = { PAYMENT: 0, HOLD: 0, CAPTURE: 0, VOID: 0, REFUND: 0, REVERSAL: 0, LIMITS: 0 };
    for (const { ask, answer } of this.promised.values()) if (answer.code === null) counts[ask.kind] += 1;
    return counts;
  }

  /** Asks until the answer is definite, and remembers it as any other. */
  async ask(ask: RandomAsk, key: string = randomUUID(), place = 0): Promise<Answer> {
    const answer = await this.#callers.ask(ask, key, place);
    if (answer === null) throw new Error(`${ask.kind} ${key} was never answered`);
    this.#remember(ask, key, answer);
    return answer;
  }

  async #client(place: number, thinkMs: number): Promise<void> {
    await sleep(this.random() * 200);
    while (this.#running) {
      const ask = this.#asks.next();
      const key = randomUUID();
      const copies = this.random() < doubledShare ? 2 : 1;
      // One that was never answered is in `unanswered`.
      const asking = Array.from({ length: copies }, async (_, i) => {
        const answer = await this.ask(ask, key, place + i);
        if (answer.code === null) this.#asks.made(ask.kind, idOf(answer) as string);
      });
      await Promise.allSettled(asking);
      this.asked += 1;
      if (thinkMs > 0) await sleep(2 * thinkMs * this.random());
    }
  }

  #remember(ask: RandomAsk, key: string, answer: Answer): void {
    const before = this.promised.get(key)?.answer;
    if (before && !saysTheSame(before, answer)) {
      this.contradictions.push(`${ask.kind} ${key}: ${JSON.stringify(before.body)}, ${JSON.stringify(answer.body)}`);
    }
    this.promised.set(key, { ask, answer });
    if (cameTooLate(answer) && isOver(ask)) {
      this.#late += 1;
      return;
    }
    if (answer.code !== null && !honestRefusals[ask.kind].includes(answer.code)) {
      this.#dishonest.add(`${ask.kind} ${answer.status} ${answer.code}`);
    }
    const transactionId = idOf(answer);
    if (transactionId === null) {
      if (ask.kind !== 'LIMITS')
        this.contradictions.push(`${ask.kind} ${key} names nothing: ${JSON.stringify(answer.body)}`);
      return;
    }
    this.acknowledged.push(acknowledged(ask, key, answer, transactionId));
  }
}

/** Is it a hold whose time is over by now? */
function isOver({ body }: RandomAsk): boolean {
  return 'expiresAt' in body && Date.parse(body.expiresAt as string) <= Date.now();
}

/** The transaction that an answer names; a hold's id is that of its transaction. */
export function idOf({ body }: Answer): string | null {
  return ((body.transactionId ?? body.holdId) as string | undefined) ?? null;
}

/** Changed limits are shown as they are when they are asked for; all else is the first answer again. */
function saysTheSame(one: Answer, other: Answer): boolean {
  return one.status === other.status && one.code === other.code && idOf(one) === idOf(other);
}

function acknowledged(
  ask: RandomAsk,
  idempotencyKey: string,
  { code, body }: Answer,
  transactionId: string,
): Acknowledged {
  const sent = { idempotencyKey, transactionId };
  if (code !== null) return { ...sent, status: 'FAILED', failureCode: code } as Acknowledged;
  if (ask.kind !== 'HOLD') return { ...(body as unknown as Acknowledged), ...sent };
  const { walletId, receiverWalletId, amount, currency } = body as Record<string, string>;
  return {
    ...sent,
    kind: 'HOLD',
    status: 'SUCCESS',
    senderWalletId: walletId,
    receiverWalletId,
    amount,
    currency,
  } as Acknowledged;
}
