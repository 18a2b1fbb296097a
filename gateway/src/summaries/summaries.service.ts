import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { type RequestOutcome, requestsWaitingMax, tooManyWait } from '../digests/requests-waiting.js';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { readCursor } from '../http/cursor.js';
import { pageJson, pageOf, pageSizeDefault } from '../http/page.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { requestSummarySchema, summaryFilters } from './summary-requests.js';

interface SummaryRow {
  summary_id: string;
  day: string;
  summary_type: string;
  content: string;
  facts: object;
  model: string | null;
  reason: string | null;
  created_at: Date;
}

const position = z.tuple([z.iso.date(), z.guid()]);
const afterAll = ['9999-12-31', 'ffffffff-ffff-ffff-ffff-ffffffffffff'] as const;

/** What was told of a day, in words; and the asking for it. The workers write them. */
@Injectable()
export class SummariesService {
  constructor(
    readonly database: Database,
    readonly lists: ListDatabase,
  ) {}

  /** The newest day first, and of a day the newest. */
  async list(query: unknown): Promise<Answer> {
    const filters = validated(summaryFilters, query);
    const limit = filters.limit ?? pageSizeDefault;
    const [day, id] = readCursor(position, filters) ?? afterAll;
    const { rows } = await this.lists.query<SummaryRow>(
      `SELECT summary_id, to_char(summary_date, 'YYYY-MM-DD') AS day, summary_type, content, facts, model, reason, created_at
         FROM ai_summaries
        WHERE (summary_date, summary_id) < ($1, $2) AND summary_date BETWEEN $3 AND $4
        ORDER BY summary_date DESC, summary_id DESC LIMIT $5`,
      [day, id, filters.from ?? '0001-01-01', filters.to ?? '9999-12-31', limit + 1],
    );
    const page = pageOf(rows, limit, (last) => [last.day, last.summary_id]);
    return { status: 200, body: pageJson(page, filters, (row) => JSON.stringify(summaryFacts(row))) };
  }

  async request(request: FastifyRequest): Promise<Answer> {
    const { date } = checkedBody(requestSummarySchema, request);
    const requestId = uuidv7();
    const { rows } = await this.database.query<RequestOutcome>(
      'SELECT outcome, id FROM request_summary_v2($1, $2, $3, $4, $5)',
      [requestId, date, requestsWaitingMax, request.bearer.subject, request.traceId],
    );
    const [asked] = rows;
    if (asked?.outcome === 'TOO_MANY') throw tooManyWait('summaries');
    if (!asked?.id) {
      const message = 'must not be later than today in UTC';
      throw new ProblemError(validationFailed([{ field: 'date', rule: 'RANGE', message }]));
    }
    return jsonAnswer(202, { requestId: asked.id });
  }
}

function summaryFacts(row: SummaryRow) {
  return {
    ...{ summaryId: row.summary_id, summaryDate: row.day, summaryType: row.summary_type, content: row.content },
    ...{ facts: row.facts, model: row.model, reason: row.reason, createdAt: row.created_at.toISOString() },
  };
}
