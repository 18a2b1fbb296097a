import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { Agent, request } from 'undici';
import type { Member } from './cast.js';
import type { Movement } from './movement.js';
import { inWhole, noLimits, type PurseLimits } from './purses.js';

/** One request at a time on each. */
const connectionsMax = 256;
/** Longer than the gateway's own deadline: it answers first. */
const answerTimeoutMs = 15_000;
const connectTimeoutMs = 2_000;

/**
 * What an answer means for a caller. `SUCCESS`: with the id of the transaction, or of the hold, that was made. `AGAIN`: ask again with the same key, for it may or may not have been done. `FAULT`:
 * asking again does not help.
 */
export type Verdict =
  | { kind: 'SUCCESS'; id?: string }
  | { kind: 'REFUSED'; code: string }
  | { kind: 'AGAIN'; code: string; afterMs: number }
  | { kind: 'FAULT'; detail: string };

interface Problem {
  code?: string;
  detail?: string;
  transactionId?: string;
  /** Of an atomic batch that was refused: one for each payment. */
  results?: { problem?: Problem }[];
}

/** A transaction, or a hold. */
interface Made {
  transactionId?: string;
  holdId?: string;
}

/** What a wallet has, and what bounds its payments. Ten-thousandths. */
export interface WalletState {
  readonly balance: bigint;
  readonly held: bigint;
  readonly limits: PurseLimits;
  /** Of the daily limit; null: there is none. */
  readonly leftToday: bigint | null;
}

/** The public HTTP API, as one of its callers. Moves on to the next gateway when one does not answer. */
export class WalletApi {
  readonly #agent = new Agent({
    ...{ connections: connectionsMax, pipelining: 1, connect: { timeout: connectTimeoutMs } },
    ...{ headersTimeout: answerTimeoutMs, bodyTimeout: answerTimeoutMs },
  });
  #gateway = 0;

  constructor(
    private readonly gatewayUrls: readonly string[],
    private readonly token: string,
  ) {}

  /** Makes the wallet unless it is there. */
  async createWallet({ walletId, name, role, currency }: Member): Promise<Verdict> {
    const body = { walletId, currency, status: 'ACTIVE', metadata: { name, role } };
    return (await this.#send('POST', '/api/wallets', body)).verdict;
  }

  /** Gives the wallet its member's limits: once, so that whoever changes them later is not overruled. */
  async setLimits({ walletId, currency, limits }: Member): Promise<Verdict> {
    const { credit, perPayment, dailyOut } = limits ?? {};
    const text = (euros: number | undefined) =>
      euros === undefined ? null : formatMoney(inWhole(euros, currency), currency);
    const body = { creditLimit: text(credit), perPayment: text(perPayment), dailyOut: text(dailyOut) };
    const key = `demo-limits-${walletId}-${Object.values(body).join('-')}`;
    return (await this.#send('PUT', `/api/wallets/${walletId}/limits`, body, key)).verdict;
  }

  /** null: it cannot be read now. */
  async state({ walletId }: Member): Promise<WalletState | null> {
    const [first, second] = await Promise.all([
      this.#send('GET', `/api/wallets/${walletId}/balance`),
      this.#send('GET', `/api/wallets/${walletId}/limits`),
    ]);
    if (first.verdict.kind !== 'SUCCESS' || second.verdict.kind === 'AGAIN') return null;
    const { balance, held } = first.body as { balance: string; held: string };
    const money = { balance: parseDecimal(balance), held: parseDecimal(held) };
    // Who may not read limits goes by none.
    return second.verdict.kind === 'SUCCESS'
      ? { ...money, ...limitsOf(second.body as LimitsAnswer) }
      : { ...money, limits: noLimits, leftToday: null };
  }

  async move({ ask, key }: Movement): Promise<Verdict> {
    return (await this.#send('POST', ask.path, ask.body, key)).verdict;
  }

  /** A verdict for each, in order. Payments only. */
  async payTogether(movements: readonly Movement[]): Promise<Verdict[]> {
    const payments = movements.map(({ key, ask }) => ({ idempotencyKey: key, ...ask.body }));
    const { verdict, body } = await this.#send('POST', '/api/payments/batch', { payments });
    if (verdict.kind !== 'SUCCESS') return movements.map(() => verdict);
    const { results } = body as { results: { status: number; problem?: Problem; transaction?: Made }[] };
    return results.map(({ status, problem, transaction }) => verdictOf(status, problem ?? transaction ?? {}, null));
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #send(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: object,
    idempotencyKey?: string,
  ): Promise<{ verdict: Verdict; body: unknown }> {
    const gateway = this.#gateway;
    try {
      const response = await request(`${this.gatewayUrls[gateway % this.gatewayUrls.length]}${path}`, {
        method,
        dispatcher: this.#agent,
        headers: {
          authorization: `Bearer ${this.token}`,
          ...(body && { 'content-type': 'application/json' }),
          ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
        },
        body: body ? JSON.stringify(body) : null,
      });
      const answer = await response.body.json();
      const retryAfter = response.headers['retry-after'];
      return { verdict: verdictOf(response.statusCode, answer as Problem, retryAfter), body: answer };
    } catch (error) {
      // Whoever saw this gateway fail first leads all to the next.
      if (this.#gateway === gateway) this.#gateway += 1;
      const code = (error as NodeJS.ErrnoException).code ?? 'NO_ANSWER';
      return { verdict: { kind: 'AGAIN', code, afterMs: 0 }, body: null };
    }
  }
}

/** Answers that leave open whether it was done, or say that it was not, for now. */
export function verdictOf(status: number, answer: Problem & Made, retryAfter: unknown): Verdict {
  const { code = `HTTP_${status}`, detail = '', holdId, transactionId, results } = answer;
  const id = holdId ?? transactionId;
  if (status === 200 || status === 201) return { kind: 'SUCCESS', ...(id && { id }) };
  const isRecorded = transactionId !== undefined || results?.some(({ problem }) => problem?.transactionId);
  if (status === 422 && isRecorded) return { kind: 'REFUSED', code };
  if (status === 429 || status >= 502 || code === 'IDEMPOTENCY_IN_PROGRESS') {
    const seconds = Number(retryAfter ?? 0);
    return { kind: 'AGAIN', code, afterMs: Number.isFinite(seconds) ? seconds * 1_000 : 0 };
  }
  return { kind: 'FAULT', detail: `${code} ${detail}`.trim() };
}

interface LimitsAnswer {
  creditLimit: string | null;
  perPayment: string | null;
  dailyOut: string | null;
  remaining: { dailyOut: string | null };
}

function limitsOf({ creditLimit, perPayment, dailyOut, remaining }: LimitsAnswer) {
  const money = (text: string | null) => (text === null ? null : parseDecimal(text));
  const limits = { credit: money(creditLimit) ?? 0n, perPayment: money(perPayment), dailyOut: money(dailyOut) };
  return { limits, leftToday: money(remaining.dailyOut) };
}
