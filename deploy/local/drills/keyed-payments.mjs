// @ts-check
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 200;

/**
 * @typedef {{
 *   key: string, body: object, sentAt: number, answeredAt: number | null, transactionId: string | null, refused: boolean,
 *   refusal?: string,
 * }} Payment
 *   `answeredAt`: null while there is no answer that lasts; times by `performance.now()`. `refused`: the first answer did not, or there
 *   was none; `refusal`: what was said instead
 */

/** Some callers that pay between a few wallets, and remember what they were told. */
export class KeyedPayments {
  /** @type {Payment[]} */
  payments = [];
  /** Of each payment, by which they are found again. @type {string | undefined} */
  reference;
  /** Between a payment's answer and its caller's next one. */
  pauseMs = 0;
  /** @type {string[]} */
  wallets = [];
  #stopped = false;
  /** @type {Promise<unknown>} */
  #running = Promise.resolve();

  /**
   * @param {string} token
   * @param {string | readonly string[]} gatewayUrls the callers spread over
   * @param {(what: string) => void} [onFailure] hears of each payment that had no lasting answer at once
   */
  constructor(token, gatewayUrls, onFailure = () => {}) {
    this.token = token;
    this.gatewayUrls = [gatewayUrls].flat();
    this.onFailure = onFailure;
  }

  /** @param {number} count */
  async makeWallets(count) {
    this.wallets = await Promise.all(
      Array.from({ length: count }, async () => {
        const { walletId } = (await this.#post('/api/wallets', { currency: 'EUR', status: 'ACTIVE' })).body;
        await this.#post(`/api/wallets/${walletId}/deposits`, { amount: '100000.00', currency: 'EUR' });
        return walletId;
      }),
    );
  }

  /** @param {number} callers */
  start(callers) {
    this.#stopped = false;
    this.#running = Promise.all(Array.from({ length: callers }, (_, i) => this.#payOn(i)));
  }

  /** Those on their way end as they do. */
  async stop() {
    this.#stopped = true;
    await this.#running;
  }

  /** @param {number} caller */
  async #payOn(caller) {
    for (let n = caller; !this.#stopped; n += 1) {
      const [sender, receiver] = [n, n + 1 + (n % 3)].map((i) => this.wallets[i % this.wallets.length]);
      const amount = `${1 + (n % 9)}.${10 + (n % 90)}`;
      /** @type {Payment} */
      const payment = {
        key: randomUUID(),
        body: {
          senderWalletId: sender,
          receiverWalletId: receiver,
          amount,
          currency: 'EUR',
          reference: this.reference,
        },
        ...{ sentAt: performance.now(), answeredAt: null, transactionId: null, refused: false },
      };
      this.payments.push(payment);
      /** @type {unknown} */
      let failure;
      const answer = await this.#post('/api/payments', payment.body, payment.key, caller).catch((error) => {
        failure = error.cause ?? error;
      });
      if (answer?.status === 201) {
        payment.answeredAt = performance.now();
        payment.transactionId = answer.body.transactionId;
        if (this.pauseMs > 0) await sleep(this.pauseMs);
      } else {
        payment.refused = true;
        payment.refusal = answer ? `${answer.status} ${answer.body?.code}` : `no answer (${failureCode(failure)})`;
        this.onFailure(`POST /api/payments: ${answer ? `${answer.status} ${answer.body?.code}` : failure}`);
        await sleep(RETRY_MS);
      }
    }
  }

  /**
   * Asks once more, with the same key, until the answer lasts.
   * @param {Payment} payment
   * @returns {Promise<{ transactionId: string, isReplay: boolean }>}
   */
  async askAgain({ key, body }) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#post('/api/payments', body, key).catch(() => null);
      if (answer?.status === 201) return { transactionId: answer.body.transactionId, isReplay: answer.isReplay };
      if (attempt === 50)
        throw new Error(`a payment is not answered: ${answer?.status} ${JSON.stringify(answer?.body)}`);
      await sleep(RETRY_MS);
    }
  }

  /**
   * @param {string} path
   * @param {object} body
   * @param {string} [key]
   * @param {number} [caller]
   * @returns {Promise<{ status: number, isReplay: boolean, body: any }>}
   */
  async #post(path, body, key = randomUUID(), caller = 0) {
    const response = await fetch(`${this.gatewayUrls[caller % this.gatewayUrls.length]}${path}`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${this.token}`, 'content-type': 'application/json', 'idempotency-key': key },
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    const isReplay = response.headers.get('idempotency-replayed') === 'true';
    const text = await response.text();
    // What a balancer says is no JSON.
    return {
      status: response.status,
      isReplay,
      body: text.startsWith('{') ? JSON.parse(text) : { code: text.slice(0, 80) },
    };
  }
}

/** @param {unknown} failure */
function failureCode(failure) {
  return failure instanceof Error && 'code' in failure ? failure.code : failure;
}
