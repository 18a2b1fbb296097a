import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { operators } from '../http/access.js';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { uuidParameter } from '../http/fields.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { viewFilters, viewSchema } from './view-requests.js';

/** Of one person, and of all that is shared. */
export const viewsMax = 100;

interface ViewRow {
  view_id: string;
  list: string;
  name: string;
  query: string;
  is_shared: boolean;
  owner: string;
  saved_at: Date;
}

type Outcome = 'SAVED' | 'NOT_FOUND' | 'FULL';

/** Filters of lists that somebody gave a name: for themselves, or for everybody. */
@Injectable()
export class ViewsService {
  constructor(readonly database: Database) {}

  /** By name. */
  async list({ bearer, query }: FastifyRequest): Promise<Answer> {
    const { list } = validated(viewFilters, query);
    const { rows } = await this.database.query<ViewRow>(
      `SELECT view_id, list, name, query, is_shared, owner, saved_at FROM saved_views
        WHERE (owner = $1 OR is_shared) AND ($2::text IS NULL OR list = $2) ORDER BY lower(name), view_id LIMIT $3`,
      [bearer.subject, list ?? null, 2 * viewsMax],
    );
    return jsonAnswer(200, { items: rows.map((row) => viewFacts(row, bearer.subject)), nextCursor: null });
  }

  async save(id: string, request: FastifyRequest): Promise<Answer> {
    const viewId = uuidParameter(id, 'id');
    const { list, name, query, shared } = checkedBody(viewSchema, request);
    const { subject } = request.bearer;
    if (shared && !acts(request)) {
      throw new ProblemError(
        { code: 'FORBIDDEN', detail: 'Views are shared by operators and admins.' },
        { 'www-authenticate': 'Bearer error="insufficient_scope"' },
      );
    }
    const { rows } = await this.database.query<{ outcome: Outcome }>(
      'SELECT save_view($1, $2, $3, $4, $5, $6, $7, $8) AS outcome',
      [viewId, list, name, query, shared, subject, viewsMax, request.traceId],
    );
    const outcome = rows[0]?.outcome;
    if (outcome === 'FULL') {
      throw new ProblemError({ code: 'TOO_MANY_VIEWS', detail: `There are ${viewsMax} of them already.` });
    }
    if (outcome !== 'SAVED') throw notFound(viewId);
    const saved = await this.database.query<ViewRow>(
      'SELECT view_id, list, name, query, is_shared, owner, saved_at FROM saved_views WHERE view_id = $1',
      [viewId],
    );
    const [row] = saved.rows;
    if (!row) throw notFound(viewId);
    return jsonAnswer(200, viewFacts(row, subject));
  }

  /** One's own; of what is shared, an admin everybody's. */
  async delete(id: string, request: FastifyRequest): Promise<void> {
    const viewId = uuidParameter(id, 'id');
    const isAdmin = request.bearer.roles.includes('admin');
    const { rows } = await this.database.query<{ deleted: boolean }>('SELECT delete_view($1, $2, $3, $4) AS deleted', [
      ...[viewId, request.bearer.subject, isAdmin, request.traceId],
    ]);
    if (!rows[0]?.deleted) throw notFound(viewId);
  }
}

function acts({ bearer }: FastifyRequest): boolean {
  return bearer.roles.some((role) => operators.includes(role));
}

function notFound(viewId: string): ProblemError {
  return new ProblemError({ code: 'VIEW_NOT_FOUND', detail: `You have no view ${viewId}.` });
}

function viewFacts(row: ViewRow, subject: string) {
  return {
    ...{ viewId: row.view_id, list: row.list, name: row.name, query: row.query, shared: row.is_shared },
    ...{ mine: row.owner === subject, savedBy: row.owner, savedAt: row.saved_at.toISOString() },
  };
}
