import type { ClientBase } from 'pg';
import { queues } from '../broker/topology.js';
import { type Database, inTransaction } from '../database.js';
import { recordDeadLetter } from '../dead-letters/record-dead-letter.js';
import { giveUpAfterHours } from './enqueue-mail.js';
import { sendTimeoutMs } from './mail-server.js';

/** After it a mail that was published and not taken is published again: its queue may have been deleted. */
const queuedForMs = 600_000;
/** Until it is known to be in the queue. Whoever publishes it holds it for longer, as long as he lives. */
const publishingForMs = 60_000;
/** Longer than sending one takes at most: who has it for longer died of it. */
const claimForMs = sendTimeoutMs + 15_000;
/** A mail that ends whoever sends it is not given to all of them, one after the other. */
export const lostAttemptsMax = 5;
/** Of mails that were sent; that there was one is kept for ever. */
const bodiesKeptDays = 30;

type Queries = Pick<ClientBase, 'query'>;

/** A mail that nobody else is sending. */
export interface ClaimedMail {
  readonly mail_id: string;
  readonly recipient: string;
  readonly subject: string;
  readonly text_body: string;
  readonly html_body: string | null;
  readonly inline_images: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly contentId: string;
    readonly content: string;
  }[];
  readonly message_id: string;
  readonly created_at: Date;
  /** This one included. It is the fence: a later attempt's word is worth more. */
  readonly attempts: number;
  readonly lost_attempts: number;
}

/** Those that are due and not in the queue, the longest due first. They count as queued for a moment, and nobody else publishes them. */
export async function takeDueMails(database: Queries, max: number): Promise<string[]> {
  const { rows } = await database.query<{ mail_id: string }>(
    `UPDATE mails SET queued_until = clock_timestamp() + $2 * interval '1 ms'
      WHERE mail_id IN (
        SELECT mail_id FROM mails
         WHERE status = 'PENDING' AND next_attempt_at <= clock_timestamp()
           AND (queued_until IS NULL OR queued_until <= clock_timestamp())
           AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
         ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING mail_id`,
    [max, publishingForMs],
  );
  return rows.map(({ mail_id }) => mail_id);
}

/** They are still being published, or lie in the queue now. Not those that somebody has taken out of it. */
export async function holdQueued(
  database: Queries,
  mailIds: readonly string[],
  where: 'PUBLISHING' | 'IN_QUEUE',
): Promise<void> {
  await database.query(
    `UPDATE mails SET queued_until = clock_timestamp() + $2 * interval '1 ms'
      WHERE mail_id = ANY ($1) AND status = 'PENDING' AND queued_until IS NOT NULL`,
    [mailIds, where === 'IN_QUEUE' ? queuedForMs : publishingForMs],
  );
}

/** They are not in the queue after all. Undefined: none of them is. */
export async function unqueueMails(database: Queries, mailIds?: readonly string[]): Promise<void> {
  await database.query(
    `UPDATE mails SET queued_until = NULL
      WHERE status = 'PENDING' AND queued_until IS NOT NULL AND ($1::uuid[] IS NULL OR mail_id = ANY ($1))`,
    [mailIds ?? null],
  );
}

/** For sending it now. Null: it was sent, is not due, or somebody else is at it. Undefined: there is no such mail. */
export async function claimMail(database: Queries, mailId: string): Promise<ClaimedMail | null | undefined> {
  const { rows } = await database.query<ClaimedMail>(
    `UPDATE mails
        SET attempts = attempts + 1, lost_attempts = lost_attempts + (claimed_until IS NOT NULL)::int,
            claimed_until = clock_timestamp() + $2 * interval '1 ms', queued_until = NULL
      WHERE mail_id = $1 AND status = 'PENDING' AND next_attempt_at <= clock_timestamp()
        AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
     RETURNING mail_id, recipient, subject, text_body, html_body, inline_images, message_id, created_at, attempts, lost_attempts`,
    [mailId, claimForMs],
  );
  if (rows[0]) return rows[0];
  const { rowCount } = await database.query('SELECT FROM mails WHERE mail_id = $1', [mailId]);
  return rowCount === 0 ? undefined : null;
}

/** Whoever sent it, and whoever is at it now: it is sent. */
export async function recordSent(database: Queries, { mail_id }: ClaimedMail): Promise<void> {
  await database.query(
    `UPDATE mails SET status = 'SENT', sent_at = clock_timestamp(), claimed_until = NULL, queued_until = NULL, last_error = NULL
      WHERE mail_id = $1 AND status <> 'SENT'`,
    [mail_id],
  );
}

/** The server was away: no attempt of the mail's. */
export async function recordNotTried(
  database: Queries,
  { mail_id, attempts }: ClaimedMail,
  why: string,
): Promise<void> {
  await database.query(
    `UPDATE mails SET attempts = attempts - 1, claimed_until = NULL, last_error = $3
      WHERE mail_id = $1 AND attempts = $2 AND status = 'PENDING'`,
    [mail_id, attempts, why],
  );
}

export interface Refusal {
  readonly why: string;
  /** Null: it will never be taken. */
  readonly waitMs: number | null;
}

/**
 * It comes again after the wait, or lies with the dead letters from now on: where there is no wait, and where its time is over.
 * `FAILED`: by this call.
 */
export function recordRefused(
  database: Database,
  { mail_id, attempts }: ClaimedMail,
  { why, waitMs }: Refusal,
): Promise<'AGAIN' | 'FAILED'> {
  return inTransaction(database, async (client) => {
    const { rows } = await client.query<FailedRow & { status: string }>(
      `UPDATE mails
          SET status = CASE WHEN $4::bigint IS NULL OR give_up_at <= clock_timestamp() THEN 'FAILED' ELSE 'PENDING' END,
              next_attempt_at = clock_timestamp() + coalesce($4, 0) * interval '1 ms', claimed_until = NULL, last_error = $3,
              first_failed_at = coalesce(first_failed_at, clock_timestamp())
        WHERE mail_id = $1 AND attempts = $2 AND status = 'PENDING'
       RETURNING status, ${failedColumns}`,
      [mail_id, attempts, why, waitMs],
    );
    if (rows[0]?.status !== 'FAILED') return 'AGAIN';
    await layDown(client, rows[0]);
    return 'FAILED';
  });
}

/**
 * Those whose time is over while they wait for another attempt. `untried`: those too that were never begun, since the server is away.
 * How many they are.
 */
export function giveUpMails(database: Database, max: number, untried: boolean): Promise<number> {
  return inTransaction(database, async (client) => {
    const { rows } = await client.query<FailedRow>(
      `UPDATE mails
          SET status = 'FAILED', claimed_until = NULL, last_error = coalesce(last_error, 'the mail server was away'),
              first_failed_at = coalesce(first_failed_at, clock_timestamp())
        WHERE mail_id IN (
          SELECT mail_id FROM mails
           WHERE status = 'PENDING' AND give_up_at <= clock_timestamp() AND ($2 OR last_error IS NOT NULL)
             AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
           LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING ${failedColumns}`,
      [max, untried],
    );
    for (const row of rows) await layDown(client, row);
    return rows.length;
  });
}

const failedColumns = 'mail_id, recipient, subject, attempts, last_error, first_failed_at';

interface FailedRow {
  mail_id: string;
  recipient: string;
  subject: string;
  attempts: number;
  last_error: string;
  first_failed_at: Date;
}

/** In the commit that makes it FAILED, so that each is there once. */
async function layDown(client: Queries, row: FailedRow): Promise<void> {
  const { mail_id: mailId, recipient, subject, attempts, last_error: reason, first_failed_at: firstFailedAt } = row;
  const payload = Buffer.from(JSON.stringify({ mailId, to: recipient, subject }));
  const queue = queues.mail.name;
  await recordDeadLetter(client, {
    queue,
    messageId: mailId,
    reason,
    attempts,
    firstFailedAt,
    payload,
    headers: {},
    digest: null,
  });
}

/** Has a mail that lay with the dead letters sent again, as if it were new. False: there is none, or it does not lie there. */
export async function reviveMail(client: Queries, mailId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE mails
        SET status = 'PENDING', attempts = 0, lost_attempts = 0, first_failed_at = NULL, next_attempt_at = clock_timestamp(),
            give_up_at = clock_timestamp() + make_interval(hours => $2), last_error = NULL, queued_until = NULL, claimed_until = NULL
      WHERE mail_id = $1 AND status = 'FAILED'`,
    [mailId, giveUpAfterHours],
  );
  return rowCount === 1;
}

export interface WaitingMails {
  readonly count: number;
  /** Of the oldest; 0: none waits. */
  readonly oldestSeconds: number;
}

export async function waitingMails(database: Queries): Promise<WaitingMails> {
  const { rows } = await database.query<{ count: number; seconds: number }>(
    `SELECT count(*)::int AS count, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS seconds
       FROM mails WHERE status = 'PENDING'`,
  );
  return { count: rows[0]?.count ?? 0, oldestSeconds: rows[0]?.seconds ?? 0 };
}

/** What was sent long ago keeps its row, and no more. */
export async function forgetBodies(database: Queries, max: number): Promise<void> {
  await database.query(
    `UPDATE mails SET text_body = NULL, html_body = NULL, inline_images = '[]'
      WHERE mail_id IN (SELECT mail_id FROM mails
                         WHERE status = 'SENT' AND text_body IS NOT NULL AND sent_at < clock_timestamp() - make_interval(days => $2)
                         ORDER BY sent_at LIMIT $1)`,
    [max, bodiesKeptDays],
  );
}
