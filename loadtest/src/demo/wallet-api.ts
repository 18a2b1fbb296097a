import {
  type AtomicBatchResults,
  type CallOptions,
  createClient,
  type Hold,
  type Limits,
  type MoneyOptions,
  type NewPayment,
  type Outcome,
  type Transaction,
  type WalletClient,
  WalletFault,
} from '@smart-wallet/client';
import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { Agent, fetch as undiciFetch } from 'undici';
import type { Member } from './cast.js';
import type { Movement } from './movement.js';
import { inWhole, noLimits, type PurseLimits } from './purses.js';

/** One request at a time on each. */
const connectionsMax = 256;
/** Longer than the gateway's own deadline: it answers first. */
const answerTimeoutMs = 15_000;
const connectTimeoutMs = 2_000;
/** An unclear answer is asked for again for this long, with the same key. */
const patience = { deadlineMs: 60_000, attemptsMax: 10_000, pause: { firstMs: 100, maxMs: 2_000 } };
/** What is only read is read again soon. */
const readDeadlineMs = 5_000;

/**
 * What became of what was asked for. `SUCCESS`: with the id of the transaction, or of the hold, that was made. `UNKNOWN`: nobody
 * said so clearly, for as long as it was asked for. `FAULT`: asking again does not help.
 */
export type Verdict =
  | { kind: 'SUCCESS'; id?: string }
  | { kind: 'REFUSED'; code: string }
  | { kind: 'UNKNOWN' }
  | { kind: 'FAULT'; detail: string };

/** What a wallet has, and what bounds its payments. Ten-thousandths. */
export interface WalletState {
  readonly balance: bigint;
  readonly held: bigint;
  readonly limits: PurseLimits;
  /** Of the daily limit; null: there is none. */
  readonly leftToday: bigint | null;
}

/** The public HTTP API, as one of its callers: with the client that every caller can have. */
export class WalletApi {
  readonly #agent = new Agent({
    ...{ connections: connectionsMax, pipelining: 1, connect: { timeout: connectTimeoutMs } },
    ...{ headersTimeout: answerTimeoutMs, bodyTimeout: answerTimeoutMs },
  });
  readonly #client: WalletClient;

  /** @param fetch instead of the network, for tests */
  constructor(gatewayUrls: readonly string[], token: string, fetch?: typeof globalThis.fetch) {
    const dispatcher = this.#agent;
    const overAgent = ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher })) as unknown;
    this.#client = createClient({
      ...{ baseUrl: gatewayUrls, token, ...patience, attemptTimeoutMs: answerTimeoutMs },
      fetch: fetch ?? (overAgent as typeof globalThis.fetch),
    });
  }

  /** Makes the wallet unless it is there. */
  createWallet({ walletId, name, role, currency }: Member): Promise<Verdict> {
    const metadata = { name, role };
    return verdictOf(this.#client.createWallet({ walletId, currency, status: 'ACTIVE', metadata }));
  }

  /** Gives the wallet its member's limits: once, so that whoever changes them later is not overruled. */
  setLimits({ walletId, currency, limits }: Member): Promise<Verdict> {
    const { credit, perPayment, dailyOut } = limits ?? {};
    const text = (euros: number | undefined) =>
      euros === undefined ? null : formatMoney(inWhole(euros, currency), currency);
    const body = { creditLimit: text(credit), perPayment: text(perPayment), dailyOut: text(dailyOut) };
    const key = `demo-limits-${walletId}-${Object.values(body).join('-')}`;
    return verdictOf(this.#client.setLimits(walletId, body, { key }));
  }

  /** null: it cannot be read now. */
  async state({ walletId }: Member): Promise<WalletState | null> {
    const options = { deadlineMs: readDeadlineMs };
    try {
      const [balance, limits] = await Promise.all([
        this.#client.balance(walletId, options),
        this.#client.limits(walletId, options).catch(unlessForbidden),
      ]);
      if (!balance || balance.held === null) return null;
      const money = { balance: parseDecimal(balance.balance), held: parseDecimal(balance.held) };
      return { ...money, ...(limits ? limitsOf(limits) : { limits: noLimits, leftToday: null }) };
    } catch (error) {
      if (error instanceof WalletFault) return null;
      throw error;
    }
  }

  move(movement: Movement, options: CallOptions): Promise<Verdict> {
    return verdictOf(this.#ask(movement, { ...options, key: movement.key }));
  }

  /** Payments only. `told` hears of each once, as soon as it is known. */
  async payTogether(
    movements: readonly Movement[],
    options: CallOptions,
    told: (verdict: Verdict, place: number) => void,
  ): Promise<void> {
    const payments = movements.map(({ key, ask }) => ({ ...(ask.body as NewPayment), idempotencyKey: key }));
    const onOutcome = (outcome: Outcome<Transaction>, place: number) => told(verdict(outcome), place);
    try {
      await this.#client.payEach(payments, { ...options, onOutcome });
    } catch (error) {
      if (!(error instanceof WalletFault)) throw error;
      for (const place of movements.keys()) told({ kind: 'FAULT', detail: error.message }, place);
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #ask({ ask }: Movement, options: MoneyOptions): Promise<Outcome<Made>> {
    const client = this.#client;
    switch (ask.call) {
      case 'pay':
        return client.pay(ask.body, options);
      case 'payTogether':
        return client.payTogether(ask.body, options);
      case 'deposit':
        return client.deposit(ask.of, ask.body, options);
      case 'withdraw':
        return client.withdraw(ask.of, ask.body, options);
      case 'hold':
        return client.hold(ask.body, options);
      case 'capture':
        return client.capture(ask.of, ask.body, options);
      case 'voidHold':
        return client.voidHold(ask.of, options);
      case 'refund':
        return client.refund(ask.of, ask.body, options);
      case 'reverse':
        return client.reverse(ask.of, ask.body, options);
    }
  }
}

/** A transaction, a hold, or a batch of them, which has no id of its own. */
type Made = Transaction | Hold | AtomicBatchResults;

function idOf(made: object): string | undefined {
  const { holdId, transactionId } = made as { holdId?: string; transactionId?: string };
  return holdId ?? transactionId;
}

async function verdictOf(asked: Promise<Outcome<object>>): Promise<Verdict> {
  try {
    return verdict(await asked);
  } catch (error) {
    if (!(error instanceof WalletFault)) throw error;
    return { kind: 'FAULT', detail: error.message };
  }
}

/** What the platform refused and did not record is a mistake of ours. */
function verdict(outcome: Outcome<object>): Verdict {
  switch (outcome.kind) {
    case 'DONE': {
      const id = idOf(outcome.value);
      return { kind: 'SUCCESS', ...(id !== undefined && { id }) };
    }
    case 'REFUSED': {
      const { code, detail, transactionId, results } = outcome.problem;
      const isRecorded = transactionId !== undefined || results?.some(({ problem }) => problem.transactionId);
      return isRecorded ? { kind: 'REFUSED', code } : { kind: 'FAULT', detail: `${code} ${detail}` };
    }
    case 'PENDING':
      return { kind: 'FAULT', detail: 'somebody has to approve it' };
    case 'NOT_DONE':
    case 'UNKNOWN':
      return { kind: 'UNKNOWN' };
  }
}

/** Who may not read limits goes by none. */
function unlessForbidden(error: unknown): null {
  if (error instanceof WalletFault && error.problem?.status === 403) return null;
  throw error;
}

function limitsOf({ creditLimit, perPayment, dailyOut, remaining }: Limits) {
  const money = (text: string | null) => (text === null ? null : parseDecimal(text));
  const limits = { credit: money(creditLimit) ?? 0n, perPayment: money(perPayment), dailyOut: money(dailyOut) };
  return { limits, leftToday: money(remaining.dailyOut) };
}
