import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Acknowledged } from '../audit/audit.js';

/** A caller asks again with the same key for this long before it gives up on a definite answer. */
const patienceMs = 60_000;
/** Share of the payments that are sent twice at once with one key. */
const doubledShare = 0.1;

export interface Answer {
  status: number;
  code: string | null;
  transactionId: string | null;
  replayed: boolean;
  body: Record<string, unknown>;
}

/**
 * Callers that move random money at random between a few wallets, each payment with a key of its own, and ask again with
 * that key until the answer is definite, as a careful caller would. Remembers every answer.
 */
export class Traffic {
  /** Every definite answer, replays too. */
  readonly acknowledged: Acknowledged[] = [];
  /** How often each status was seen, by `status code`: "201", "503 PARTITION_UNAVAILABLE", "connection". */
  readonly seen = new Map<string, number>();
  /** Keys that had more than one transaction: must stay empty. */
  readonly contradictions: string[] = [];
  /** Keys that never had a definite answer. */
  readonly unanswered: string[] = [];
  payments = 0;
  retries = 0;
  #running = false;
  readonly #clients: Promise<void>[] = [];
  readonly #agent = new Agent({ connections: 256, pipelining: 1, bodyTimeout: 10_000, headersTimeout: 10_000 });

  constructor(
    /** Base URLs of the gateways; a caller moves on to the next when one does not answer. */
    private readonly gatewayUrls: readonly string[],
    private readonly token: string,
    private readonly walletIds: readonly string[],
    private readonly random: () => number,
  ) {}

  start(clientCount: number): void {
    this.#running = true;
    for (let i = 0; i < clientCount; i += 1) this.#clients.push(this.#client(i));
  }

  /** Resolves when every payment under way has its answer. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
    await this.#agent.close();
  }

  count(...names: string[]): number {
    return names.reduce((sum, name) => sum + (this.seen.get(name) ?? 0), 0);
  }

  /** Answers that no fault justifies. */
  surprises(): string[] {
    const honest = /^(201|422 INSUFFICIENT_FUNDS|50[34] .*|409 IDEMPOTENCY_IN_PROGRESS|connection)$/;
    return [...this.seen.keys()].filter((name) => !honest.test(name));
  }

  async #client(place: number): Promise<void> {
    await sleep(this.random() * 200);
    while (this.#running) {
      const [senderWalletId, receiverWalletId] = this.#twoWallets();
      const amount = `${1 + Math.floor(this.random() * 40)}.${String(Math.floor(this.random() * 100)).padStart(2, '0')}`;
      const key = randomUUID();
      const body = JSON.stringify({ senderWalletId, receiverWalletId, amount, currency: 'EUR' });
      const copies = this.random() < doubledShare ? 2 : 1;
      const answers = await Promise.all(Array.from({ length: copies }, (_, i) => this.#pay(place + i, key, body)));
      const ids = new Set(answers.map((answer) => answer?.transactionId).filter((id) => id !== undefined));
      if (ids.size > 1) this.contradictions.push(`${key}: ${[...ids].join(', ')}`);
      this.payments += 1;
    }
  }

  /** Sends one payment until its answer is definite. */
  async #pay(gateway: number, key: string, body: string): Promise<Answer | null> {
    const until = performance.now() + patienceMs;
    for (let attempt = 0; performance.now() < until; attempt += 1) {
      const url = this.gatewayUrls[(gateway + attempt) % this.gatewayUrls.length] as string;
      const answer = await this.#send(url, key, body);
      if (answer && (answer.status === 201 || (answer.status === 422 && answer.transactionId))) {
        this.#remember(key, answer);
        return answer;
      }
      this.retries += 1;
      await sleep(50 + this.random() * 150);
    }
    this.unanswered.push(key);
    return null;
  }

  async #send(url: string, key: string, body: string): Promise<Answer | null> {
    try {
      const response = await request(`${url}/api/payments`, {
        method: 'POST',
        dispatcher: this.#agent,
        headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', 'idempotency-key': key },
        body,
      });
      const json = (await response.body.json()) as Record<string, unknown>;
      const code = (json.code as string | undefined) ?? null;
      this.#count(code === null ? `${response.statusCode}` : `${response.statusCode} ${code}`);
      return {
        status: response.statusCode,
        code,
        transactionId: (json.transactionId as string | undefined) ?? null,
        replayed: response.headers['idempotency-replayed'] === 'true',
        body: json,
      };
    } catch {
      this.#count('connection');
      return null;
    }
  }

  #remember(idempotencyKey: string, { status, body }: Answer): void {
    const { transactionId } = body as { transactionId: string };
    const sent = { idempotencyKey, transactionId };
    if (status === 201) this.acknowledged.push({ ...(body as unknown as Acknowledged), ...sent });
    else this.acknowledged.push({ ...sent, status: 'FAILED', failureCode: body.code as string } as Acknowledged);
  }

  #twoWallets(): [string, string] {
    const from = Math.floor(this.random() * this.walletIds.length);
    const step = 1 + Math.floor(this.random() * (this.walletIds.length - 1));
    return [this.walletIds[from] as string, this.walletIds[(from + step) % this.walletIds.length] as string];
  }

  #count(name: string): void {
    this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
  }
}

/** Makes ACTIVE wallets in EUR with money, through the API. */
export async function createWallets(
  gatewayUrl: string,
  token: string,
  count: number,
  amount: string,
): Promise<string[]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = async (path: string, body: object) => {
    const response = await fetch(`${gatewayUrl}${path}`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': randomUUID() },
      body: JSON.stringify(body),
    });
    if (response.status !== 201) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { walletId: string };
  };
  const make = async () => {
    const { walletId } = await post('/api/wallets', { currency: 'EUR', status: 'ACTIVE' });
    await post(`/api/wallets/${walletId}/deposits`, { amount, currency: 'EUR' });
    return walletId;
  };
  return Promise.all(Array.from({ length: count }, make));
}
