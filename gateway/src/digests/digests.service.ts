import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { admins } from '../http/access.js';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { idPosition, readCursor } from '../http/cursor.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson, pageOf, pageSizeDefault } from '../http/page.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { digestFilters, recipientsSchema, sendDigestSchema } from './digest-requests.js';
import { type RequestOutcome, requestsWaitingMax, tooManyWait } from './requests-waiting.js';

interface DigestRow {
  digest_id: string;
  email: string;
  frequency: string;
  day: string;
  time_zone: string;
  requested_by: string | null;
  status: string;
  error: string | null;
  created_at: Date;
  sent_at: Date | null;
}

interface DigestMailRow {
  subject: string;
  text_body: string | null;
  html_body: string | null;
  inline_images: { contentId: string; contentType: string; content: string }[];
}

/** Who gets a digest, those that were made, and the asking for one more. The workers make and send them. */
@Injectable()
export class DigestsService {
  constructor(
    readonly database: Database,
    readonly lists: ListDatabase,
  ) {}

  /** Newest first. */
  async list(query: unknown): Promise<Answer> {
    const filters = validated(digestFilters, query);
    const limit = filters.limit ?? pageSizeDefault;
    const before = readCursor(idPosition, filters) ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    const { rows } = await this.lists.query<DigestRow>(
      `SELECT digest_id, email, frequency, to_char(digest_date, 'YYYY-MM-DD') AS day, time_zone, requested_by, status, error,
              created_at, sent_at
         FROM digests WHERE digest_id < $1 ORDER BY digest_id DESC LIMIT $2`,
      [before, limit + 1],
    );
    const page = pageOf(rows, limit, ({ digest_id }) => digest_id);
    return { status: 200, body: pageJson(page, filters, (row) => JSON.stringify(digestFacts(row))) };
  }

  /** @throws DIGEST_NOT_FOUND also while its mail is not made yet. */
  async mail(id: string): Promise<Answer> {
    const digestId = uuidParameter(id, 'id');
    const { rows } = await this.database.query<DigestMailRow>('SELECT * FROM digest_mail($1)', [digestId]);
    const [row] = rows;
    if (!row) throw new ProblemError({ code: 'DIGEST_NOT_FOUND', detail: `Digest ${digestId} has no mail.` });
    const images = row.inline_images.map(({ contentId, contentType, content }) => ({
      contentId,
      contentType,
      content,
    }));
    return jsonAnswer(200, {
      ...{ digestId, subject: row.subject, text: row.text_body, html: row.html_body, images },
    });
  }

  async recipients(): Promise<Answer> {
    const { rows } = await this.database.query<{ items: object[] }>(
      `SELECT coalesce(jsonb_agg(jsonb_build_object('email', email, 'name', name, 'timeZone', time_zone, 'frequency', frequency, 'at', at)
                                 ORDER BY email), '[]') AS items FROM digest_recipients`,
    );
    return jsonAnswer(200, { items: rows[0]?.items, nextCursor: null });
  }

  async replaceRecipients(request: FastifyRequest): Promise<Answer> {
    const { items } = checkedBody(recipientsSchema, request);
    const { rows } = await this.database.query<{ known: boolean }>(
      'SELECT replace_digest_recipients($1, $2, $3) AS known',
      [JSON.stringify(items), request.bearer.subject, request.traceId],
    );
    if (!rows[0]?.known) {
      const message = 'names a time zone that the database does not know';
      throw new ProblemError(validationFailed([{ field: 'items', rule: 'TIME_ZONE', message }]));
    }
    return this.recipients();
  }

  async send(request: FastifyRequest): Promise<Answer> {
    const { email, date } = checkedBody(sendDigestSchema, request);
    if (!isAdmin(request) && !(await this.#isKnown(email, request))) {
      throw new ProblemError(
        {
          code: 'FORBIDDEN',
          detail: 'A digest goes to its recipients, or to yourself: only an admin sends it elsewhere.',
        },
        { 'www-authenticate': 'Bearer error="insufficient_scope"' },
      );
    }
    const digestId = uuidv7();
    const { rows } = await this.database.query<RequestOutcome>(
      'SELECT outcome, id FROM request_digest_v2($1, $2, $3, $4, $5, $6)',
      [digestId, email, date ?? null, requestsWaitingMax, request.bearer.subject, request.traceId],
    );
    const [asked] = rows;
    if (asked?.outcome === 'TOO_MANY') throw tooManyWait('digests');
    if (!asked?.id) {
      const message = 'must not be later than today, by the reader\u2019s clock';
      throw new ProblemError(validationFailed([{ field: 'date', rule: 'RANGE', message }]));
    }
    return jsonAnswer(202, { digestId: asked.id });
  }

  /** A recipient, or the address of who asks. What the platform earns is for nobody else to read. */
  async #isKnown(email: string, { bearer }: FastifyRequest): Promise<boolean> {
    const { rows } = await this.database.query<{ known: boolean }>(
      `SELECT EXISTS (SELECT FROM digest_recipients WHERE lower(email) = lower($1))
           OR EXISTS (SELECT FROM ops_users WHERE email = lower($1) AND 'user:' || user_id = $2) AS known`,
      [email, bearer.subject],
    );
    return rows[0]?.known === true;
  }
}

const isAdmin = ({ bearer }: FastifyRequest) => bearer.roles.some((role) => admins.includes(role));

function digestFacts(row: DigestRow) {
  return {
    ...{ digestId: row.digest_id, email: row.email, frequency: row.frequency, date: row.day, timeZone: row.time_zone },
    ...{ requestedBy: row.requested_by, status: row.status, error: row.error },
    ...{ createdAt: row.created_at.toISOString(), sentAt: row.sent_at?.toISOString() ?? null },
  };
}
