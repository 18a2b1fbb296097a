// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { KeyedPayments } from '../keyed-payments.mjs';

const PAUSE_MS = 20;

/** Those who pay, and one who reads, through one address. Whatever is not answered as it should be is a failure: nobody asks again. */
export class SteadyLoad {
  /** @type {{ at: number, what: string }[]} */
  failures = [];
  /** @type {{ at: number, tookMs: number }[]} */
  reads = [];
  #reading = false;
  /** @type {Promise<unknown>} */
  #done = Promise.resolve();

  /** @param {string} token @param {string} url */
  constructor(token, url) {
    this.token = token;
    this.url = url;
    this.payments = new KeyedPayments(token, url, (what) => this.#failed(what));
  }

  /** @param {number} callers */
  async start(callers) {
    await this.payments.makeWallets(20);
    this.payments.start(callers);
    this.#reading = true;
    this.#done = this.#read();
  }

  async stop() {
    this.#reading = false;
    await this.#done;
    await this.payments.stop();
  }

  /**
   * What was asked between two moments, by performance.now().
   * @param {number} from @param {number} to
   */
  between(from, to) {
    const within = (/** @type {number} */ at) => at >= from && at < to;
    const payments = this.payments.payments.filter(({ sentAt }) => within(sentAt));
    const reads = this.reads.filter(({ at }) => within(at));
    const took = [
      ...payments.flatMap(({ sentAt, answeredAt }) => (answeredAt === null ? [] : [answeredAt - sentAt])),
      ...reads.map(({ tookMs }) => tookMs),
    ];
    return {
      requests: payments.length + reads.length,
      failed: this.failures.filter(({ at }) => within(at)).map(({ what }) => what),
      slowestMs: Math.max(0, ...took),
    };
  }

  /** @param {string} what */
  #failed(what) {
    this.failures.push({ at: performance.now(), what });
  }

  async #read() {
    const wallets = this.payments.wallets;
    for (let n = 0; this.#reading; n += 1) {
      const wallet = wallets[n % wallets.length];
      const path = n % 2 === 0 ? `/api/wallets/${wallet}/balance` : `/api/transactions?walletId=${wallet}&limit=10`;
      const at = performance.now();
      try {
        const answer = await fetch(`${this.url}${path}`, {
          headers: { authorization: `Bearer ${this.token}` },
          signal: AbortSignal.timeout(20_000),
        });
        const text = await answer.text();
        if (answer.status !== 200) this.#failed(`GET ${path}: ${answer.status} ${text.slice(0, 200)}`);
      } catch (error) {
        this.#failed(`GET ${path}: ${error instanceof Error ? (error.cause ?? error.message) : error}`);
      }
      this.reads.push({ at, tookMs: performance.now() - at });
      await sleep(PAUSE_MS);
    }
  }
}
