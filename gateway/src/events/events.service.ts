import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { replaySchema, replaysPendingMax } from './replay-request.js';

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
}
