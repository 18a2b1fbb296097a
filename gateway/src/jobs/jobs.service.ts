import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { instantPosition, readCursor } from '../http/cursor.js';
import { pageJson, pageOf, pageSizeDefault } from '../http/page.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { jobNamePattern, jobRunFilters } from './job-answers.js';

interface RunRow {
  run_id: string;
  job: string;
  due_at: Date;
  requested_by: string | null;
  status: string;
  attempt: number;
  started_at: Date | null;
  finished_at: Date | null;
  progress: object | null;
  result: object | null;
  error: string | null;
}

interface JobRow extends RunRow {
  name: string;
  cron: string;
  time_zone: string;
  next_due_at: Date;
}

const columns = 'run_id, job, due_at, requested_by, status, attempt, started_at, finished_at, progress, result, error';
const jobsMax = 200;

/** What the workers do at set times, and the asking for it. */
@Injectable()
export class JobsService {
  constructor(
    readonly database: Database,
    readonly lists: ListDatabase,
  ) {}

  async list(): Promise<Answer> {
    const { rows } = await this.lists.query<JobRow>(
      `SELECT s.job AS name, s.cron, s.time_zone, s.next_due_at, r.* FROM job_schedules s LEFT JOIN LATERAL (
         SELECT ${columns} FROM job_runs WHERE job_runs.job = s.job ORDER BY due_at DESC LIMIT 1) r ON true
        ORDER BY s.job LIMIT ${jobsMax}`,
    );
    const items = rows.map((row) => ({
      ...{ name: row.name, schedule: `${row.cron} ${row.time_zone}`, nextRun: row.next_due_at.toISOString() },
      ...{ running: row.status === 'RUNNING', lastRun: row.run_id === null ? null : runJson(row) },
    }));
    return jsonAnswer(200, { items, nextCursor: null });
  }

  /** A row that the workers take up within a second or two. */
  async run(name: string, request: FastifyRequest): Promise<Answer> {
    const { rows } = await this.database.query<{ outcome: string; run_id: string }>(
      'SELECT outcome, run_id FROM request_job_run($1, $2, $3, $4)',
      [uuidv7(), known(name), request.bearer.subject, request.traceId],
    );
    const [asked] = rows;
    if (!asked || asked.outcome === 'NOT_FOUND') throw notFound(name);
    if (asked.outcome === 'ASKED') return jsonAnswer(202, { runId: asked.run_id });
    const detail = `Run ${asked.run_id} of ${name} is under way; there is one at a time.`;
    throw new ProblemError({ code: 'RUN_UNDER_WAY', detail, runId: asked.run_id });
  }

  /** Newest first. */
  async runs(name: string, query: unknown): Promise<Answer> {
    const filters = validated(jobRunFilters, query);
    const limit = filters.limit ?? pageSizeDefault;
    const before = readCursor(instantPosition, filters) ?? 'infinity';
    const { rowCount } = await this.lists.query('SELECT FROM job_schedules WHERE job = $1', [known(name)]);
    if (rowCount === 0) throw notFound(name);
    const { rows } = await this.lists.query<RunRow>(
      `SELECT ${columns} FROM job_runs WHERE job = $1 AND due_at < $2 ORDER BY due_at DESC LIMIT $3`,
      [name, before, limit + 1],
    );
    const page = pageOf(rows, limit, ({ due_at }) => due_at.toISOString());
    return { status: 200, body: pageJson(page, filters, (row) => JSON.stringify(runJson(row))) };
  }
}

function known(name: string): string {
  if (jobNamePattern.test(name)) return name;
  throw notFound(name);
}

function notFound(name: string): ProblemError {
  return new ProblemError({ code: 'JOB_NOT_FOUND', detail: `There is no job ${name.slice(0, 40)}.` });
}

function runJson(row: RunRow) {
  return {
    ...{ runId: row.run_id, job: row.job, dueAt: row.due_at.toISOString(), requestedBy: row.requested_by },
    ...{ status: row.status, attempt: row.attempt, startedAt: row.started_at?.toISOString() ?? null },
    ...{
      finishedAt: row.finished_at?.toISOString() ?? null,
      progress: row.progress,
      result: row.result,
      error: row.error,
    },
  };
}
