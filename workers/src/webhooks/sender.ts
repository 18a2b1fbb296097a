import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../database.js';
import type { Answer, Caller } from './call-endpoint.js';
import {
  type ClaimedDelivery,
  claimDeliveries,
  endUnwanted,
  giveBack,
  liveWebhooks,
  type Outcome,
  stopWebhook,
} from './delivery-rows.js';
import { EndpointRooms } from './endpoint-rooms.js';
import { OutcomeBook } from './outcome-book.js';
import { retryWaitMs } from './retry-wait.js';
import { signedHeaders } from './signature.js';
import { isWantedStill } from './subscription.js';
import type { AttemptCounts } from './webhook-metrics.js';

const lookEveryMs = 250;
/** Between two looks, however much ends meanwhile. */
const lookPauseMs = 15;
const endpointsEveryMs = 1_000;
const databaseRetryMs = 1_000;
/** What is on its way when the program stops may end. */
const stopWaitMs = 4_000;
/** An endpoint that says when to come again is left alone until then, for so long at most. */
const restMaxMs = 3_600_000;
const gone = 410;

/**
 * Sends what is due. Rows alone say what that is: an attempt is claimed before (its lease lets another worker have it if this one dies) and
 * written down after. An endpoint's attempts take room of its own, so that one that hangs holds up no other.
 */
export class Sender {
  readonly #rooms = new EndpointRooms();
  readonly #book: OutcomeBook;
  readonly #attempts = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #aborting = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #isWoken = false;
  #endpoints = { at: Number.NEGATIVE_INFINITY, count: 1 };

  constructor(
    private readonly database: Database,
    private readonly caller: Caller,
    private readonly counts: AttemptCounts,
    private readonly log: Logger,
  ) {
    this.#book = new OutcomeBook(database, log);
  }

  get inFlight(): number {
    return this.#rooms.inFlight;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** There may be something to send. */
  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
    const ended = Promise.all(this.#attempts);
    await Promise.race([ended, sleep(stopWaitMs, undefined, { ref: false })]);
    this.#aborting.abort();
    this.#book.giveUp();
    await Promise.all(this.#attempts);
    this.caller.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#isWoken = false;
      let claimed = 0;
      try {
        claimed = await this.#claim();
      } catch (error) {
        this.log.warn({ err: error }, 'webhook deliveries that are due could not be looked up: trying again');
        await sleep(databaseRetryMs, undefined, { signal }).catch(() => {});
      }
      await sleep(lookPauseMs);
      if (claimed === 0 && !this.#isWoken) await this.#rest();
    }
  }

  async #rest(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, lookEveryMs);
    });
    clearTimeout(timer);
    this.#wake = () => {};
  }

  async #claim(): Promise<number> {
    if (performance.now() - this.#endpoints.at > endpointsEveryMs) {
      const live = await liveWebhooks(this.database);
      this.#endpoints = { at: performance.now(), count: live.size };
      this.#rooms.keepOnly(live);
    }
    const deliveries = await claimDeliveries(this.database, this.#rooms.rooms(this.#endpoints.count));
    for (const delivery of deliveries) {
      this.#rooms.begin(delivery.webhook_id);
      const attempt = this.#attempt(delivery).finally(() => {
        this.#attempts.delete(attempt);
        this.wake();
      });
      this.#attempts.add(attempt);
    }
    return deliveries.length;
  }

  async #attempt(delivery: ClaimedDelivery): Promise<void> {
    let isWell: boolean | null = false;
    try {
      if (!isWantedStill(delivery)) {
        isWell = null;
        await endUnwanted(this.database, delivery);
        return;
      }
      const answer = await this.#call(delivery);
      const outcome = outcomeOf(delivery, answer);
      isWell = outcome.delivered;
      this.#tell(delivery, outcome);
      await this.#book.write(outcome);
      if (answer.status === gone) await this.#disable(delivery);
    } catch (error) {
      // Broken off, since the program stops: nobody knows whether it got there, and another worker says it once more.
      if (!this.#aborting.signal.aborted)
        this.log.error({ err: error, deliveryId: delivery.delivery_id }, 'a delivery was not tried');
      await giveBack(this.database, [delivery]).catch(() => {});
    } finally {
      this.#rooms.end(delivery.webhook_id, isWell);
    }
  }

  async #call({ event_id: eventId, payload, url, secrets, at_ms: atMs }: ClaimedDelivery): Promise<Answer> {
    const untold = { status: null, durationMs: 0, retryAfterMs: null };
    if (payload === null) return { ...untold, error: 'its event is not kept any more: have the range replayed' };
    if (secrets.length === 0) return { ...untold, error: 'the webhook has no secret: rotate it' };
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'smart-wallet-webhooks',
      ...signedHeaders({ eventId, payload, atMs }, secrets),
    };
    return this.caller.call({ url, headers, body: payload, signal: this.#aborting.signal });
  }

  #tell(delivery: ClaimedDelivery, { delivered, waitMs, attempt }: Outcome): void {
    this.counts.attempted(delivered ? 'delivered' : waitMs === null ? 'failed' : 'again');
    if (delivered) return;
    const about = { webhookId: delivery.webhook_id, deliveryId: delivery.delivery_id, ...attempt };
    if (waitMs === null) this.log.error(about, 'a delivery was given up: mend the endpoint, then resend it');
    else this.log.debug({ ...about, waitMs }, 'a delivery was not taken: it is tried again');
  }

  async #disable({ webhook_id: webhookId, url }: ClaimedDelivery): Promise<void> {
    const reason = 'it answered 410: it wants nothing any more';
    const isDisabled = await stopWebhook(this.database, { webhookId, url, status: 'DISABLED', reason }).catch(
      (error) => {
        this.log.warn({ err: error, webhookId }, 'a webhook could not be disabled: its next 410 does it');
        return false;
      },
    );
    if (isDisabled) {
      this.log.warn(
        { webhookId },
        'a webhook answered 410 and is disabled: delete it, or make it ACTIVE if that was a mistake',
      );
    }
  }
}

function outcomeOf({ delivery_id: deliveryId, url, claim, failures }: ClaimedDelivery, answer: Answer): Outcome {
  const { status, durationMs, error, retryAfterMs } = answer;
  const delivered = error === null;
  return {
    ...{ deliveryId, url, claim, delivered },
    waitMs: delivered ? null : retryWaitMs(failures + 1, retryAfterMs),
    restMs: delivered ? 0 : Math.min(retryAfterMs ?? 0, restMaxMs),
    attempt: { status, durationMs, error },
  };
}
