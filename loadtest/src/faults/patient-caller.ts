import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** A caller asks again with the same key for this long before it gives up on a definite answer. */
const patienceMs = 60_000;

/** What a caller wants done. */
export interface Ask {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: object;
}

export interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly body: Record<string, unknown>;
  readonly replayed: boolean;
}

/** Callers who ask again, with the same key, until the answer is definite. */
export class PatientCallers {
  /** How often each status was seen, by `status code`: "201", "503 PARTITION_UNAVAILABLE", "connection". */
  readonly seen = new Map<string, number>();
  /** Keys that never had a definite answer. */
  readonly unanswered: string[] = [];
  retries = 0;
  readonly #agent = new Agent({ connections: 256, pipelining: 1, bodyTimeout: 10_000, headersTimeout: 10_000 });

  constructor(
    /** Base URLs of the gateways; a caller moves on to the next when one does not answer. */
    private readonly gatewayUrls: readonly string[],
    private readonly token: string,
    private readonly random: () => number = Math.random,
  ) {}

  /** null: none was definite. */
  async ask(ask: Ask, key: string, gateway = 0): Promise<Answer | null> {
    const until = performance.now() + patienceMs;
    for (let attempt = 0; performance.now() < until; attempt += 1) {
      const answer = await this.once(ask, key, gateway + attempt);
      if (answer && isDefinite(answer)) return answer;
      this.retries += 1;
      await sleep(50 + this.random() * 150);
    }
    this.unanswered.push(`${ask.method} ${ask.path} ${key}`);
    return null;
  }

  /** null: nobody answered. */
  async once({ method, path, body }: Ask, key: string, gateway = 0): Promise<Answer | null> {
    const url = this.gatewayUrls[gateway % this.gatewayUrls.length] as string;
    try {
      const response = await request(`${url}${path}`, {
        method,
        dispatcher: this.#agent,
        headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      });
      const json = (await response.body.json()) as Record<string, unknown>;
      const code = (json.code as string | undefined) ?? null;
      this.#count(code === null ? `${response.statusCode}` : `${response.statusCode} ${code}`);
      const replayed = response.headers['idempotency-replayed'] === 'true';
      return { status: response.statusCode, code, body: json, replayed };
    } catch {
      this.#count('connection');
      return null;
    }
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  #count(name: string): void {
    this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
  }
}

/** Done, or refused for good: asking again says the same. */
function isDefinite(answer: Answer): boolean {
  return [200, 201, 422].includes(answer.status) || cameTooLate(answer);
}

/** A hold that could not be made before its time was over: nothing was done. */
export function cameTooLate({ status, body }: Answer): boolean {
  const errors = body.errors as { field: string }[] | undefined;
  return status === 400 && errors?.length === 1 && errors[0]?.field === 'expiresAt';
}
