import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { uuidParameter } from '../http/fields.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { replaySchema, replaysPendingMax } from './replay-request.js';

interface ReplayRow {
  partition: number;
  from_sequence: string;
  to_sequence: string;
  status: 'PENDING' | 'DONE' | 'FAILED';
  published_to: string | null;
  requested_by: string;
  requested_at: Date;
  finished_at: Date | null;
  error: string | null;
}

@Injectable()
export class EventsService {
  constructor(private readonly database: Database) {}

  /** Writes down what is wanted, with a line of the audit log: the relay finds it there. */
  async replay({ body, bearer, traceId }: FastifyRequest): Promise<Answer> {
    const { partition, fromSequence, toSequence } = validated(replaySchema, body);
    const { rows } = await this.database.query<{ known: boolean; replay_id: string | null }>(
      `SELECT known, CASE WHEN known THEN request_event_replay($1::smallint, $2, $3, $4, $5, $6) END AS replay_id
         FROM (SELECT EXISTS (SELECT FROM relay_partitions WHERE partition = $1) AS known) partition`,
      [partition, fromSequence, toSequence, replaysPendingMax, bearer.subject, traceId],
    );
    if (!rows[0]?.known) {
      throw new ProblemError(
        validationFailed([{ field: 'partition', rule: 'PARTITION', message: 'there is no such partition' }]),
      );
    }
    const replayId = rows[0].replay_id;
    if (replayId === null) {
      throw new ProblemError({ code: 'TOO_MANY_REPLAYS', detail: `${replaysPendingMax} replays wait already.` });
    }
    return jsonAnswer(202, { replayId, partition, fromSequence, toSequence });
  }

  /** What became of one: the relay writes it down as it goes. */
  async read(id: string): Promise<Answer> {
    const replayId = uuidParameter(id, 'id');
    const { rows } = await this.database.query<ReplayRow>(
      `SELECT partition, from_sequence, to_sequence, status, published_to, requested_by, requested_at, finished_at, error
         FROM event_replays WHERE replay_id = $1`,
      [replayId],
    );
    const [row] = rows;
    if (!row) throw new ProblemError({ code: 'EVENT_REPLAY_NOT_FOUND', detail: `There is no replay ${replayId}.` });
    return jsonAnswer(200, {
      ...{ replayId, partition: row.partition },
      ...{ fromSequence: Number(row.from_sequence), toSequence: Number(row.to_sequence), status: row.status },
      publishedTo: row.published_to === null ? null : Number(row.published_to),
      ...{ requestedBy: row.requested_by, requestedAt: row.requested_at.toISOString() },
      ...{ finishedAt: row.finished_at?.toISOString() ?? null, error: row.error },
    });
  }
}
