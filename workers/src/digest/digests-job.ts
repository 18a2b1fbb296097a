import { v7 as uuidv7 } from 'uuid';
import { inTransaction } from '../database.js';
import { enqueueMail } from '../mail/enqueue-mail.js';
import type { Surroundings } from '../parts.js';
import { assertAttempt } from '../schedule/assert-attempt.js';
import type { Fence, Job } from '../schedule/job.js';
import { chartPng } from './chart.js';
import { digestContent } from './digest-content.js';
import { dueDigest, type Recipient } from './due-digest.js';
import { type DigestRow, readBars, readDigest } from './read-digest.js';
import { digestHtml, digestText } from './render-digest.js';

const atOnceMax = 100;
/** Then it is FAILED: a digest that ends each attempt must not hold up the others. */
const triesMax = 20;

/**
 * Each look writes down the digests that are due, and sends those that are written down and not sent. A digest and its mail are
 * committed together, under a key that the next attempt would use again.
 */
export function digestsJob({ database, log }: Surroundings): Job {
  return {
    name: 'digests',
    cron: '*/20 * * * * *',
    async run({ fence, signal }) {
      await writeDue(database, fence);
      const { rows } = await database.query<DigestRow>(
        `UPDATE digests SET tries = tries + 1, status = CASE WHEN tries >= $2 THEN 'FAILED' ELSE status END
          WHERE digest_id IN (SELECT digest_id FROM digests WHERE status = 'PENDING' ORDER BY tries, created_at LIMIT $1)
          RETURNING digest_id AS "digestId", email, frequency, digest_date::text AS date, time_zone AS "timeZone", status`,
        [atOnceMax, triesMax],
      );
      let sent = 0;
      for (const row of rows) {
        if (signal.aborted) throw signal.reason;
        try {
          await send(database, row, fence);
          sent += 1;
        } catch (error) {
          log.error(
            { err: error, digestId: row.digestId },
            'a digest could not be made: it is tried again, up to its limit',
          );
          const text = (error instanceof Error ? error.message : String(error)).replaceAll('\0', '').slice(0, 500);
          await database.query('UPDATE digests SET error = $2 WHERE digest_id = $1', [row.digestId, text]);
        }
      }
      return { sent };
    },
  };
}

type Database = Surroundings['database'];

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

async function send(database: Database, row: DigestRow, fence: Fence): Promise<void> {
  const facts = await readDigest(database, row);
  const content = digestContent(facts);
  const chartSays = `Transactions by ${row.frequency === 'WEEKLY' ? 'day' : 'hour'}`;
  const image = chartPng(chartSays, await readBars(database, facts.period, row.frequency));
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
      subject: content.title,
      text: digestText(content),
      html: digestHtml(content, { contentId: 'chart', says: chartSays }),
      inline: [{ filename: 'chart.png', contentType: 'image/png', contentId: 'chart', content: image }],
    });
  });
}
