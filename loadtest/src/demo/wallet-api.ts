import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { Agent, request } from 'undici';
import type { Member } from './cast.js';
import type { Movement } from './movement.js';

/** One request at a time on each. */
const connectionsMax = 256;
/** Longer than the gateway's own deadline: it answers first. */
const answerTimeoutMs = 15_000;
const connectTimeoutMs = 2_000;

/**
 * What an answer means for a caller. `AGAIN`: ask again with the same key, for it may or may not have been done. `FAULT`:
 * asking again does not help.
 */
export type Verdict =
  | { kind: 'SUCCESS' }
  | { kind: 'REFUSED'; code: string }
  | { kind: 'AGAIN'; code: string; afterMs: number }
  | { kind: 'FAULT'; detail: string };

interface Problem {
  code?: string;
  detail?: string;
  transactionId?: string;
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

  /** Ten-thousandths; null when it cannot be read now. */
  async balance({ walletId }: Member): Promise<bigint | null> {
    const { verdict, body } = await this.#send('GET', `/api/wallets/${walletId}/balance`);
    return verdict.kind === 'SUCCESS' ? parseDecimal((body as { balance: string }).balance) : null;
  }

  async move(movement: Movement): Promise<Verdict> {
    const { kind, sender, receiver, key } = movement;
    if (kind === 'PAYMENT') return (await this.#send('POST', '/api/payments', paymentBody(movement), key)).verdict;
    const walletId = (kind === 'DEPOSIT' ? receiver : sender)?.member.walletId;
    const path = `/api/wallets/${walletId}/${kind === 'DEPOSIT' ? 'deposits' : 'withdrawals'}`;
    return (await this.#send('POST', path, commonBody(movement), key)).verdict;
  }

  /** A verdict for each, in order. Payments only. */
  async payTogether(movements: readonly Movement[]): Promise<Verdict[]> {
    const payments = movements.map((movement) => ({ idempotencyKey: movement.key, ...paymentBody(movement) }));
    const { verdict, body } = await this.#send('POST', '/api/payments/batch', { payments });
    if (verdict.kind !== 'SUCCESS') return movements.map(() => verdict);
    const { results } = body as { results: { status: number; problem?: Problem }[] };
    return results.map(({ status, problem }) => verdictOf(status, problem ?? {}, null));
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #send(
    method: 'GET' | 'POST',
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
export function verdictOf(status: number, problem: Problem, retryAfter: unknown): Verdict {
  if (status === 200 || status === 201) return { kind: 'SUCCESS' };
  const { code = `HTTP_${status}`, detail = '' } = problem;
  if (status === 422 && problem.transactionId) return { kind: 'REFUSED', code };
  if (status === 429 || status >= 502 || code === 'IDEMPOTENCY_IN_PROGRESS') {
    const seconds = Number(retryAfter ?? 0);
    return { kind: 'AGAIN', code, afterMs: Number.isFinite(seconds) ? seconds * 1_000 : 0 };
  }
  return { kind: 'FAULT', detail: `${code} ${detail}`.trim() };
}

function paymentBody(movement: Movement) {
  const { sender, receiver } = movement;
  return {
    ...{ senderWalletId: sender?.member.walletId, receiverWalletId: receiver?.member.walletId },
    ...commonBody(movement),
  };
}

function commonBody({ amount, currency, reference }: Movement) {
  return { amount: formatMoney(amount, currency), currency, reference };
}
