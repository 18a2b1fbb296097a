import type { ApiDocument } from '@smart-wallet/gateway/testing/described-answers.js';
import { DescribedAnswers } from '@smart-wallet/gateway/testing/described-answers.js';
import type { Acknowledged } from '../audit/audit.js';
import { type ApiDescription, type Operation, operationsOf } from './api-document.js';
import { asCommand, isPlain } from './as-command.js';
import { type Caller, makeCallers } from './callers.js';
import { bodyOf, type Draft, headerOf, keyIn, targetOf, wireOf } from './draft.js';
import { Judge, problemIn, type SentCall } from './judge.js';
import { KeyBook } from './key-book.js';
import { Memory } from './memory.js';
import { type Person, Persons } from './persons.js';
import { type PlannedCall, plannedCalls } from './planned-call.js';
import { filled } from './planned-values.js';
import { type RawAnswer, RawHttp } from './raw-http.js';

export interface FuzzOptions {
  url: string;
  /** May everything. */
  token: string;
  calls: number;
  seed: number;
}

export interface FuzzReport {
  calls: number;
  /** What was wrong, each with a command that does it again. */
  faults: string[];
  /** How often each operation was answered how: `createPayment 404 WALLET_NOT_FOUND`. */
  seen: Map<string, number>;
  /** To be found in the ledger. */
  acknowledged: Acknowledged[];
  keys: number;
  durationMs: number;
}

/** Planned at a time: a plan of all would not fit into memory. */
const planned = 500;
/** Calls between two visits of somebody who brings money: what is asked at random closes and empties wallets. */
const refreshEvery = 250;
const faultsMax = 20;
const rememberedMax = 200;

/**
 * Asks a running platform at random, rightly and wrongly, as its own description says: one call after another, each on what
 * earlier answers told. The same seed asks the same, as far as the platform's ids and clock allow.
 */
export async function fuzz({ url, token, calls, seed }: FuzzOptions): Promise<FuzzReport> {
  const api = (await (await fetch(`${url}/api/openapi.json`)).json()) as ApiDescription & ApiDocument;
  const memory = new Memory();
  const run = new FuzzRun(url, token, new Judge(new DescribedAnswers(api)), memory);
  run.callers = await makeCallers(url, token, (tokenId) => memory.forget(tokenId));
  await run.persons.open();
  const operations = operationsOf(api);
  const startedAt = performance.now();
  for (let done = 0; done < calls; done += planned) {
    for (const [i, call] of plannedCalls(operations, Math.min(planned, calls - done), seed + done).entries()) {
      if ((done + i) % refreshEvery === 0) await run.refresh();
      await run.make(call);
      if (run.report.faults.length >= faultsMax) return run.finish(startedAt);
    }
  }
  return run.finish(startedAt);
}

class FuzzRun {
  callers: Caller[] = [];
  readonly report: FuzzReport = { calls: 0, faults: [], seen: new Map(), acknowledged: [], keys: 0, durationMs: 0 };
  readonly persons: Persons;
  readonly #http: RawHttp;
  readonly #book = new KeyBook();
  #keyed: SentCall[] = [];
  readonly #pages: { operation: Operation; query: [string, string][] }[] = [];

  constructor(
    readonly url: string,
    readonly token: string,
    readonly judge: Judge,
    readonly memory: Memory,
  ) {
    const { hostname, port } = new URL(url);
    this.#http = new RawHttp(hostname, Number(port));
    this.persons = new Persons(url, token);
  }

  /** Wallets that are ACTIVE and have money. */
  async refresh(): Promise<void> {
    this.#forget(await this.persons.renewOld());
    for (let i = 0; i < 3; i++) {
      const { walletId } = await this.#ask('/api/wallets', { currency: 'EUR', status: 'ACTIVE' });
      await this.#ask(`/api/wallets/${walletId}/deposits`, { amount: '500.00', currency: 'EUR' });
      this.memory.favour('walletId', walletId as string);
    }
  }

  async #ask(path: string, body: object): Promise<Record<string, unknown>> {
    const key = { 'idempotency-key': `fuzz-${crypto.randomUUID()}`, 'content-type': 'application/json' };
    const headers = { authorization: `Bearer ${this.token}`, ...key };
    const response = await fetch(this.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const answer = (await response.json()) as Record<string, unknown>;
    if (response.status !== 201) throw new Error(`${path} answered ${JSON.stringify(answer)}`);
    return answer;
  }

  async make(plan: PlannedCall): Promise<void> {
    const isHead = () => call.draft.method === 'HEAD';
    const isWhole = !plan.breakages.some(({ breaksFraming }) => breaksFraming);
    const again = plan.again === null ? undefined : pick(this.#keyed, plan.again);
    const call = again ?? this.#put(plan);
    this.report.calls += 1;
    let answer: RawAnswer;
    try {
      answer = await this.#http.ask(wireOf(call.draft), { isHead: isHead(), isWhole: again !== undefined || isWhole });
    } catch (error) {
      return this.#fault(call, [(error as Error).message], isWhole);
    }
    const place = [call.operation.operationId, answer.status, problemIn(answer).code].join(' ').trimEnd();
    this.report.seen.set(place, (this.report.seen.get(place) ?? 0) + 1);
    const faults = [...this.judge.faults(call, answer), ...this.#keyFaults(call, answer)];
    if (faults.length > 0)
      this.#fault(call, [...faults, `answered: ${answer.status} ${answer.body.slice(0, 600)}`], isWhole);
    this.#remember(call, answer);
    const asker = this.persons.all.find((person) => person === call.caller);
    this.#forget(await this.persons.heed(asker, call.draft, answer, jsonIn(answer)));
  }

  /** Nothing is asked again for whom nobody is behind any more. */
  #forget(gone: readonly Person[]): void {
    if (gone.length > 0) this.#keyed = this.#keyed.filter(({ caller }) => !gone.some((person) => person === caller));
  }

  finish(startedAt: number): FuzzReport {
    this.#http.close();
    return Object.assign(this.report, { keys: this.#book.size, durationMs: Math.round(performance.now() - startedAt) });
  }

  #put(plan: PlannedCall): SentCall {
    const { operation } = plan;
    const nowMs = Date.now();
    const fill = (value: unknown) => filled(value, this.memory, nowMs);
    const caller = this.#caller(plan);
    const page =
      plan.nextPage === null
        ? undefined
        : pick(
            this.#pages.filter((one) => one.operation === operation),
            plan.nextPage,
          );
    const draft: Draft = {
      ...{ method: operation.method, framing: 'length', version: '1.1' },
      path: operation.path.replace(/\{(\w+)\}/g, (_all, name) =>
        encodeURIComponent(String(fill(plan.path[name])).toWellFormed()),
      ),
      query: page
        ? page.query.map(([name, value]) => [name, value])
        : plan.query.map(([name, value]) => [name, String(fill(value))]),
      headers: [['host', new URL(this.url).host]],
      json: fill(plan.body),
    };
    if (caller.authorization !== null) draft.headers.push(['authorization', caller.authorization]);
    if ('cookie' in caller) draft.headers.push(['cookie', String(caller.cookie)]);
    if (operation.body) draft.headers.push(['content-type', 'application/json']);
    const known = plan.key.how === 'known' ? pick(this.#keyed, plan.key.at) : undefined;
    const key = known ? headerOf(known.draft, 'idempotency-key') : plan.key.text;
    if (plan.key.how !== 'none' && key !== undefined) draft.headers.push(['idempotency-key', key]);
    // What says how long the body is comes last, when the body is what it will be.
    const framingLast = plan.breakages.toSorted((a, b) => Number(a.breaksFraming ?? 0) - Number(b.breaksFraming ?? 0));
    for (const breakage of framingLast) breakage.apply(draft);
    return { operation, caller, draft, breakages: plan.breakages.map(({ name }) => name) };
  }

  #caller({ operation, caller: { who, at } }: PlannedCall): Caller {
    const good = [...this.callers.filter(({ roles }) => roles !== null), ...this.persons.all];
    const allowed = good.filter(
      ({ roles }) => operation.roles === null || roles?.some((role) => operation.roles?.includes(role)),
    );
    const from = { allowed, somebody: good, nobody: this.callers.filter(({ roles }) => roles === null) }[who];
    return pick(from, at) ?? (this.callers[0] as Caller);
  }

  /** Only of what is surely one request under one key. */
  #keyFaults({ operation, caller, draft }: SentCall, answer: RawAnswer): string[] {
    const [header, ...others] = draft.headers.filter(([name]) => name.toLowerCase() === 'idempotency-key');
    const isKeyed = operation.parameters.some(({ name }) => name === 'Idempotency-Key');
    if (!isKeyed || !header || others.length > 0 || draft.method !== operation.method || caller.roles === null)
      return [];
    const request = `${draft.method} ${draft.path} ${bodyOf(draft)?.toString('latin1')}`;
    return this.#book.note(caller.name, keyIn(header[1]), request, answer);
  }

  #remember(call: SentCall, answer: RawAnswer): void {
    const body = jsonIn(answer);
    if (answer.status < 300 && body !== undefined) {
      this.memory.learn(body, answer.headers.location);
      const { nextCursor, approvalId } = body as { nextCursor?: unknown; approvalId?: unknown };
      if (answer.status === 202 && typeof approvalId === 'string') this.memory.favour('approvalId', approvalId);
      if (typeof nextCursor === 'string' && call.draft.rawQuery === undefined) {
        const query = call.draft.query.filter(([name]) => name !== 'cursor');
        bounded(this.#pages, {
          operation: call.operation,
          query: [...query, ['cursor', nextCursor] as [string, string]],
        });
      }
    }
    const isKeyed = headerOf(call.draft, 'idempotency-key') !== undefined && call.draft.framing !== 'as it is';
    if (isKeyed && answer.status !== 400 && call.caller.roles !== null) bounded(this.#keyed, call);
    const told = acknowledged(answer.status, body);
    if (told) this.report.acknowledged.push(told);
  }

  #fault(call: SentCall, faults: string[], isWhole: boolean): void {
    const { operation, caller, draft, breakages } = call;
    const { host, port } = this.#http;
    const what = `call ${this.report.calls}, ${operation.operationId} by ${caller.name}${breakages.map((one) => `, ${one}`).join('')}`;
    const command = asCommand(draft, { host, port, exact: !isWhole || !isPlain(draft) });
    this.report.faults.push(
      `${what}: ${targetOf(draft).slice(0, 200)}\n  ${faults.join('\n  ')}\n  ${command.slice(0, 4_000)}`,
    );
  }
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from[Math.floor(at * from.length)];
}

function bounded<T>(list: T[], one: T): void {
  list.push(one);
  if (list.length > rememberedMax) list.shift();
}

function jsonIn({ headers, body }: RawAnswer): unknown {
  if (!/[/+]json/.test(headers['content-type'] ?? '') || body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A transaction that was told, or a refusal that was recorded. */
function acknowledged(status: number, body: unknown): Acknowledged | undefined {
  const told = (body ?? {}) as Record<string, unknown>;
  if (typeof told.transactionId !== 'string') return undefined;
  if (status === 201 && 'kind' in told) return told as unknown as Acknowledged;
  if (status !== 422) return undefined;
  return { transactionId: told.transactionId, status: 'FAILED', failureCode: told.code } as unknown as Acknowledged;
}
