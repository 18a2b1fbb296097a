import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../database.js';
import { type EndpointHealth, type Outcome, pause, recordOutcomes, stopWebhook } from './delivery-rows.js';

const retryMs = 500;

/** Writes outcomes down: those that come while one statement runs go into the next one. While Postgres is away they wait. */
export class OutcomeBook {
  #waiting: { outcome: Outcome; written: () => void }[] = [];
  #running: Promise<void> | null = null;
  #given = false;

  constructor(
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  /** Resolves once it is written, or given up. */
  write(outcome: Outcome): Promise<void> {
    return new Promise((written) => {
      this.#waiting.push({ outcome, written });
      this.#running ??= this.#run();
    });
  }

  /** What Postgres does not take now is tried again by whoever finds the lease over. */
  giveUp(): void {
    this.#given = true;
  }

  async #run(): Promise<void> {
    await null; // whoever set this going has noted it
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      await this.#record(group.map(({ outcome }) => outcome));
      for (const { written } of group) written();
    }
    this.#running = null; // at once: what comes from now on sets it going again
  }

  async #record(outcomes: readonly Outcome[]): Promise<void> {
    for (;;) {
      try {
        const endpoints = await recordOutcomes(this.database, outcomes);
        for (const endpoint of endpoints) await this.#pauseIfDead(endpoint);
        return;
      } catch (error) {
        if (this.#given) return;
        this.log.warn({ err: error }, 'what became of deliveries could not be written down: trying again');
        await sleep(retryMs);
      }
    }
  }

  /** What was written down is not written down again because this fails: the next failure pauses it. */
  async #pauseIfDead({ webhook_id: webhookId, url, failures, failing_hours: hours }: EndpointHealth): Promise<void> {
    if (hours < pause.hours || failures < pause.failures) return;
    const reason = `nothing has got through for ${Math.floor(hours)} hours (${failures} attempts in a row failed)`;
    const isPaused = await stopWebhook(this.database, { webhookId, url, status: 'PAUSED', reason }).catch((error) => {
      this.log.warn({ err: error, webhookId }, 'a webhook could not be paused: its next failure does it');
      return false;
    });
    if (isPaused) {
      this.log.error(
        { webhookId, failures, hours },
        'a webhook is paused: call whoever runs it, then make it ACTIVE; what waits goes out then',
      );
    }
  }
}
