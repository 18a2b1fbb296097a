import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { inTransaction } from '../database.js';
import { enqueueMail } from '../mail/enqueue-mail.js';
import type { Surroundings } from '../parts.js';
import { assertAttempt, StaleAttemptError } from '../schedule/assert-attempt.js';
import type { Fence, Job } from '../schedule/job.js';
import { chartPng } from './chart.js';
import { type Digest, type DigestFacts, digestContent } from './digest-content.js';
import { dueDigest, type Recipient } from './due-digest.js';
import { type DigestRow, readDigest } from './read-digest.js';
import { digestHtml, digestText } from './render-digest.js';

const atOnceMax = 100;
/** Then it is FAILED: a digest that ends each attempt must not hold up the others. */
const triesMax = 20;
const errorCharsMax = 500;

/**
 * Each look writes down the digests that are due, and sends those that are written down and not sent. A digest and its mail are
 * committed together, under a key that the next attempt would use again.
 */
export function digestsJob({ database, config, metrics, log }: Surroundings): Job {
  const counter = new Counter({
    name: 'wallet_workers_digests_total',
    help: 'Digests, by what became of them: SENT (its mail is written), AGAIN (it could not be made), FAILED (given up)',
    labelNames: ['outcome'],
    registers: [metrics],
  });
  return {
    name: 'digests',
    cron: '*/20 * * * * *',
    async run({ fence, signal }) {
      const maker = new DigestMaker(database, config.consoleUrl);
      await writeDue(database, fence);
      const rows = await begin(database, fence);
      let sent = 0;
      for (const row of rows) {
        if (signal.aborted) throw signal.reason;
        counter.inc({ outcome: await sendOne(row) });
      }
      return { sent };

      async function sendOne(row: BegunDigest): Promise<'SENT' | 'AGAIN' | 'FAILED'> {
        if (row.status === 'FAILED') {
          logGivenUp(log, row);
          return 'FAILED';
        }
        try {
          await send(database, row, await maker.made(row), fence);
          sent += 1;
          return 'SENT';
        } catch (error) {
          if (error instanceof StaleAttemptError) throw error;
          log.error(
            { err: error, digestId: row.digestId },
            'a digest could not be made: it is tried again, up to its limit',
          );
          await recordError(database, row, error, fence);
          return 'AGAIN';
        }
      }
    },
  };
}

type Database = Surroundings['database'];
type BegunDigest = DigestRow & { readonly status: string; readonly error: string | null };

function logGivenUp(log: Logger, { digestId, email, date, error }: BegunDigest): void {
  log.error(
    { digestId, email, date, why: error },
    'a digest is given up: mend what it says, then have it sent with POST /api/digests/send',
  );
}

async function writeDue(database: Database, fence: Fence): Promise<void> {
  const { rows: recipients } = await database.query<Recipient & { now: Date }>(
    `SELECT email, name, time_zone AS "timeZone", frequency, at, created_at AS "createdAt", clock_timestamp() AS now FROM digest_recipients`,
  );
  const due = recipients.flatMap((recipient) => {
    const date = dueDigest(recipient, recipient.now);
    return date === null ? [] : [{ ...recipient, date }];
  });
  await inTransaction(database, async (client) => {
    await assertAttempt(client, fence);
    for (const { email, frequency, date, timeZone } of due) {
      await client.query(
        `INSERT INTO digests (digest_id, email, frequency, digest_date, time_zone) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
        [uuidv7(), email, frequency, date, timeZone],
      );
    }
  });
}

/** Counts a try of each that is not sent, before: one that ends its worker is counted, too. */
async function begin(database: Database, fence: Fence): Promise<BegunDigest[]> {
  return inTransaction(database, async (client) => {
    await assertAttempt(client, fence);
    const { rows } = await client.query<BegunDigest>(
      `WITH begun AS (
         UPDATE digests SET tries = tries + 1, status = CASE WHEN tries >= $2 THEN 'FAILED' ELSE status END
          WHERE digest_id IN (SELECT digest_id FROM digests WHERE status = 'PENDING' ORDER BY tries, created_at LIMIT $1) RETURNING *)
       SELECT digest_id AS "digestId", email, frequency, digest_date::text AS date, time_zone AS "timeZone", status, error
         FROM begun ORDER BY tries, created_at`,
      [atOnceMax, triesMax],
    );
    return rows;
  });
}

async function recordError(database: Database, { digestId }: DigestRow, error: unknown, fence: Fence): Promise<void> {
  const text = (error instanceof Error ? error.message : String(error)).replaceAll('\0', '').slice(0, errorCharsMax);
  await inTransaction(database, async (client) => {
    await assertAttempt(client, fence);
    await client.query('UPDATE digests SET error = $2 WHERE digest_id = $1', [digestId, text]);
  });
}

interface MadeDigest {
  readonly facts: DigestFacts;
  readonly content: Digest;
  readonly chart: { readonly says: string; readonly png: Buffer };
}

/** Makes what several readers get once: the ledger of a day is much to read. */
class DigestMaker {
  readonly #made = new Map<string, Promise<MadeDigest>>();

  constructor(
    private readonly database: Database,
    private readonly consoleUrl: string | null,
  ) {}

  made(row: DigestRow): Promise<MadeDigest> {
    const key = JSON.stringify([row.frequency, row.date, row.timeZone]);
    const made = this.#made.get(key) ?? this.#make(row);
    this.#made.set(key, made);
    return made;
  }

  async #make(row: DigestRow): Promise<MadeDigest> {
    const facts = await readDigest(this.database, row);
    const says = `Transactions by ${row.frequency === 'WEEKLY' ? 'day' : 'hour'}, what was refused in red`;
    return { facts, content: digestContent(facts, this.consoleUrl), chart: { says, png: chartPng(says, facts.bars) } };
  }
}

async function send(
  database: Database,
  row: DigestRow,
  { facts, content, chart }: MadeDigest,
  fence: Fence,
): Promise<void> {
  await inTransaction(database, async (client) => {
    await assertAttempt(client, fence);
    const { rowCount } = await client.query(
      `UPDATE digests SET status = 'SENT', sent_at = clock_timestamp(), error = NULL WHERE digest_id = $1 AND status = 'PENDING'`,
      [row.digestId],
    );
    if (rowCount === 0) return;
    for (const { engineId, batchSeq, hash } of facts.heads) {
      await client.query(
        `INSERT INTO witnessed_heads (engine_id, batch_seq, head_hash, "where") VALUES ($1, $2, decode($3, 'hex'), $4)
         ON CONFLICT DO NOTHING`,
        [engineId, batchSeq, hash, `digest ${row.digestId}`],
      );
    }
    await enqueueMail(client, {
      mailKey: `digest ${row.digestId}`,
      to: row.email,
      subject: content.subject,
      text: digestText(content),
      html: digestHtml(content, { contentId: 'chart', says: chart.says }),
      inline: [{ filename: 'chart.png', contentType: 'image/png', contentId: 'chart', content: chart.png }],
    });
  });
}
