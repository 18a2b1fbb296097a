import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { IncomingMessage, Verdict } from '../broker/consumer.js';
import type { Database } from '../database.js';
import { mailIdOf } from './mail-id-of.js';
import {
  type ClaimedMail,
  claimMail,
  lostAttemptsMax,
  recordNotTried,
  recordRefused,
  recordSent,
  unqueueMails,
} from './mail-rows.js';
import type { MailServer } from './mail-server.js';
import { retryWaitMs } from './retry-wait.js';
import type { ServerGate } from './server-gate.js';
import { errorText, failureOf } from './smtp-failure.js';

/** A message that waits for the mail server for longer goes back to its row: the broker does not wait for ever. */
const gateWaitMs = 60_000;
/** Of writing down what became of a mail, while Postgres is away. */
const recordRetries = { everyMs: 500, max: 20 } as const;

export interface MailCounts {
  sent(): void;
  failed(): void;
}

/**
 * Sends what messages name. A mail is claimed before, by its row, so that one of all workers sends it; and what became of it is written
 * down after. Between the two nobody knows: who dies there leaves a claim that ends, and the mail is sent again, under the same
 * Message-ID.
 */
export class MailSender {
  readonly #stopping = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly server: MailServer,
    private readonly gate: ServerGate,
    private readonly counts: MailCounts,
    private readonly log: Logger,
  ) {}

  /** Sends that are under way fail now; they are tried again later. */
  abort(): void {
    this.#stopping.abort();
  }

  /** Throws for a message that names no mail: it comes again up to its queue's limit, and lies with the dead letters then. */
  async take({ body }: IncomingMessage): Promise<Verdict> {
    const mailId = mailIdOf(body);
    if (mailId === null) throw new Error('a message names no mail');
    if (!(await this.gate.open(gateWaitMs))) {
      await unqueueMails(this.database, [mailId]);
      return 'DONE';
    }
    const mail = await claimMail(this.database, mailId);
    if (mail === undefined) throw new Error('a message names a mail that does not exist');
    if (mail) await this.#send(mail);
    return 'DONE';
  }

  async #send(mail: ClaimedMail): Promise<void> {
    const about = { mailId: mail.mail_id, attempt: mail.attempts };
    if (mail.lost_attempts >= lostAttemptsMax) {
      const why = `whoever sent it ended without a word, ${mail.lost_attempts} times`;
      return this.#refused(mail, { why, waitMs: null });
    }
    try {
      await this.server.send(mail, this.#stopping.signal);
    } catch (error) {
      const why = errorText(error);
      const failure = failureOf(error);
      if (failure === 'UNCLEAR' && !this.#stopping.signal.aborted && !(await this.gate.isServerThere())) {
        return this.#record(() => recordNotTried(this.database, mail, why));
      }
      const waitMs = failure === 'NEVER' ? null : retryWaitMs(mail.attempts);
      this.log.warn({ ...about, why, waitMs }, 'a mail was not taken by the mail server');
      return this.#refused(mail, { why, waitMs });
    }
    await this.#record(() => recordSent(this.database, mail));
    this.counts.sent();
    this.log.info(about, 'a mail was sent');
  }

  async #refused(mail: ClaimedMail, refusal: Parameters<typeof recordRefused>[2]): Promise<void> {
    if ((await this.#record(() => recordRefused(this.database, mail, refusal))) !== 'FAILED') return;
    this.counts.failed();
    const about = { mailId: mail.mail_id, attempts: mail.attempts, why: refusal.why };
    this.log.error(about, 'a mail will not be sent: it lies with the dead letters, mend the cause and replay it there');
  }

  /** What became of a mail is known here alone: Postgres may be away for a moment. */
  async #record<T>(write: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await write();
      } catch (error) {
        if (tries >= recordRetries.max) throw error;
        this.log.warn({ err: error }, 'what became of a mail could not be written down: trying again');
        await sleep(recordRetries.everyMs);
      }
    }
  }
}
