import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { idPosition, numberPosition, readCursor, writeCursor } from '../http/cursor.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { findFinding, findingJson, listFindings } from './finding-row.js';
import { explainSchema, newRunSchema, reportFilters, runFilters } from './reconciliation-requests.js';
import { findRun, listRuns, runJson } from './run-row.js';

const position = z.tuple([numberPosition, idPosition]);

/** What the workers found when they checked the ledger, and the asking for it. */
@Injectable()
export class ReconciliationService {
  constructor(
    readonly database: Database,
    readonly lists: ListDatabase,
  ) {}

  async report(query: unknown): Promise<Answer> {
    const filters = validated(reportFilters, query);
    // The newest run is another one by and by: further pages are of the run that the first was of.
    const [runNo, after] = readCursor(position, filters) ?? [];
    const run = await findRun(this.lists, { runId: filters.runId, runNo });
    if (!run) {
      const detail = filters.runId === undefined ? 'Nothing was reconciled yet.' : `There is no run ${filters.runId}.`;
      throw new ProblemError({ code: 'RUN_NOT_FOUND', detail });
    }
    const { rows, next } = await listFindings(this.lists, run.run_no, { after, limit: filters.limit });
    const nextCursor = next === null ? null : writeCursor(next, filters);
    return jsonAnswer(200, { ...runJson(run), findings: rows.map(findingJson), nextCursor });
  }

  async list(query: unknown): Promise<Answer> {
    const filters = validated(runFilters, query);
    const page = await listRuns(this.lists, filters);
    return { status: 200, body: pageJson(page, filters, (row) => JSON.stringify(runJson(row))) };
  }

  /** A row that the workers take up within a second or two. */
  async request(request: FastifyRequest): Promise<Answer> {
    const { mode } = checkedBody(newRunSchema, request);
    const { rows } = await this.database.query<{ run_id: string; made: boolean }>(
      'SELECT run_id, made FROM request_reconciliation($1, $2, $3, $4)',
      [uuidv7(), mode, request.bearer.subject, request.traceId],
    );
    const [asked] = rows;
    if (!asked) throw new Error('request_reconciliation said nothing');
    if (asked.made) return jsonAnswer(202, { runId: asked.run_id });
    const detail = `Reconciliation ${asked.run_id} is under way; there is one at a time.`;
    throw new ProblemError({ code: 'RUN_UNDER_WAY', detail, runId: asked.run_id });
  }

  async explain(id: string, request: FastifyRequest): Promise<Answer> {
    const findingId = uuidParameter(id, 'id');
    const { note } = checkedBody(explainSchema, request);
    const { rows } = await this.database.query<{ outcome: string }>(
      'SELECT explain_finding($1, $2, $3, $4) AS outcome',
      [findingId, note, request.bearer.subject, request.traceId],
    );
    const finding = await findFinding(this.database, findingId);
    if (!finding) throw new ProblemError({ code: 'FINDING_NOT_FOUND', detail: `There is no finding ${findingId}.` });
    if (rows[0]?.outcome === 'CLOSED') {
      const detail = `Finding ${findingId} is closed: a later run did not find it any more.`;
      throw new ProblemError({ code: 'FINDING_CLOSED', detail });
    }
    return jsonAnswer(200, findingJson(finding));
  }
}
