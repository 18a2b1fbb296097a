import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Publisher } from '../broker/publisher.js';
import type { Database } from '../database.js';
import { forgetBodies, giveUpMails, holdQueued, takeDueMails, unqueueMails } from './mail-rows.js';
import type { ServerGate } from './server-gate.js';

const lookEveryMs = 500;
const atOnce = 100;
/** Of mails that are being published: shorter than they are held for. */
const holdEveryMs = 20_000;
/** Of old bodies, and of mails whose time is over, each time. */
const tidyEveryMs = 60_000;
const tidiedAtOnce = 500;

/**
 * Puts the mails that are due into the queue. Only rows say what is to be sent: a message that was lost is published again once its time
 * in the queue is over, and one that is there twice is taken once.
 */
export class DueMails {
  readonly #stopping = new AbortController();
  readonly #stopped = once(this.#stopping.signal, 'abort');
  #running: Promise<void> = Promise.resolve();
  #tidiedAt = 0;

  constructor(
    private readonly database: Database,
    private readonly publisher: Publisher,
    private readonly gate: ServerGate,
    private readonly onGivenUp: (count: number) => void,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** What was published lies in no queue any more. */
  queueLost(): void {
    unqueueMails(this.database).catch((error: unknown) => {
      this.log.warn({ err: error }, 'mails of a deleted queue are published again in ten minutes only');
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let published = 0;
      try {
        // While the mail server is away they would only lie in the queue.
        if (this.gate.isOpen) published = await this.#publish();
        await this.#tidy();
      } catch (error) {
        this.log.warn({ err: error }, 'mails that are due could not be looked up: trying again');
      }
      if (published < atOnce) await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  async #publish(): Promise<number> {
    const mailIds = await takeDueMails(this.database, atOnce);
    if (mailIds.length === 0) return 0;
    const failed: string[] = [];
    const publishing = mailIds.map((mailId) =>
      this.publisher
        .publish({ queue: 'mail' }, { messageId: mailId, body: { mailId } })
        .catch(() => failed.push(mailId)),
    );
    // While the broker is away publishing waits for it; who stops does not.
    const published = Promise.all(publishing);
    const holding = setInterval(() => this.#hold(mailIds, 'PUBLISHING'), holdEveryMs);
    await Promise.race([published, this.#stopped]).finally(() => clearInterval(holding));
    if (failed.length > 0) await unqueueMails(this.database, failed);
    if (this.#stopping.signal.aborted) return 0; // what is not in the queue is published by somebody else in a minute
    const inQueue = mailIds.filter((mailId) => !failed.includes(mailId));
    await this.#hold(inQueue, 'IN_QUEUE');
    return mailIds.length - failed.length;
  }

  /** Where it fails they are published a second time, and sent once. */
  async #hold(mailIds: readonly string[], where: 'PUBLISHING' | 'IN_QUEUE'): Promise<void> {
    await holdQueued(this.database, mailIds, where).catch((error: unknown) => {
      this.log.warn({ err: error }, 'that mails are in the queue could not be written down');
    });
  }

  async #tidy(): Promise<void> {
    if (performance.now() - this.#tidiedAt < tidyEveryMs) return;
    this.#tidiedAt = performance.now();
    const count = await giveUpMails(this.database, tidiedAtOnce, !this.gate.isOpen);
    if (count > 0) this.onGivenUp(count);
    await forgetBodies(this.database, tidiedAtOnce);
  }
}
