import { v7 as uuidv7 } from 'uuid';
import type { ModelConfig } from '../config.js';
import { type Database, inTransaction } from '../database.js';
import { digestPeriods } from '../digest/due-digest.js';
import { readCounts, readFigures } from '../digest/figures.js';
import { type Options as AskOptions, askModel } from './ask-model.js';
import { factsOf, plainSummary } from './facts.js';

/** Longer than a summary takes: reading the figures, and the model's time. Who has it for longer died of it. */
const takenForMs = 120_000;

/** The gateways close a day some seconds after its end. */
const closedAgainSeconds = 10;
/** Then a gateway that should close it is away: it is made of what is there. */
const closedWaitSeconds = 600;

/** `THERE`: it is made already, or is not asked for. `TAKEN`: somebody is at it; it comes again once they should be done. `OPEN`: the day is over, and not closed yet; it comes again soon. */
export type MadeSummary =
  | { readonly type: 'AI' }
  | { readonly type: 'FALLBACK'; readonly reason: string }
  | 'THERE'
  | 'TAKEN'
  | 'OPEN';

type Options = Pick<AskOptions, 'budgetMs' | 'pauseMs'>;

/** Makes the summary that is asked for, unless it is there, or somebody is at it. */
export async function makeSummary(
  database: Database,
  model: ModelConfig | null,
  requestId: string,
  options: Options = {},
): Promise<MadeSummary> {
  const { rows } = await database.query<{ date: string; summary_id: string | null; taken: boolean }>(
    `WITH taken AS (
       UPDATE summary_requests SET taken_until = clock_timestamp() + make_interval(secs => $2)
        WHERE request_id = $1 AND summary_id IS NULL AND coalesce(taken_until, '-infinity') < clock_timestamp()
        RETURNING request_id)
     SELECT summary_date::text AS date, summary_id, EXISTS (SELECT FROM taken) AS taken FROM summary_requests WHERE request_id = $1`,
    [requestId, takenForMs / 1_000],
  );
  const [request] = rows;
  if (request === undefined || request.summary_id !== null) return 'THERE';
  if (!request.taken) {
    await database.query('UPDATE summary_requests SET queued_until = taken_until WHERE request_id = $1', [requestId]);
    return 'TAKEN';
  }
  const [day, before] = digestPeriods(request.date, 'DAILY', 'UTC');
  const figures = await readFigures(database, day);
  if (!figures.closed && (await isPutBack(database, requestId, day.to))) return 'OPEN';
  const facts = factsOf(figures, await readCounts(database, before));
  const answer =
    model === null ? { refused: 'no model is configured' } : await askModel(facts, { database, model, ...options });
  const written = 'text' in answer;
  const isOver = figures.closed
    ? ''
    : 'The day is not over, or not all of it is closed: these figures are of what was there. ';
  const text = written ? answer.text : plainSummary(facts);
  const summaryId = uuidv7();
  return inTransaction(database, async (client): Promise<MadeSummary> => {
    const { rowCount } = await client.query(
      'SELECT FROM summary_requests WHERE request_id = $1 AND summary_id IS NULL FOR UPDATE',
      [requestId],
    );
    if (rowCount === 0) return 'THERE';
    await client.query(
      `INSERT INTO ai_summaries (summary_id, summary_date, summary_type, content, facts, model, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        ...[summaryId, request.date, written ? 'AI' : 'FALLBACK', isOver + text, JSON.stringify(facts)],
        ...[written ? model?.name : null, written ? null : answer.refused],
      ],
    );
    await client.query('UPDATE summary_requests SET summary_id = $2 WHERE request_id = $1', [requestId, summaryId]);
    return 'text' in answer ? { type: 'AI' } : { type: 'FALLBACK', reason: answer.refused };
  });
}

/** Of a day that is over, for as long as it may still close. */
async function isPutBack(database: Database, requestId: string, end: Date): Promise<boolean> {
  const { rowCount } = await database.query(
    `UPDATE summary_requests SET taken_until = NULL, queued_until = clock_timestamp() + make_interval(secs => $3)
      WHERE request_id = $1 AND summary_id IS NULL AND $2 <= clock_timestamp()
        AND requested_at > clock_timestamp() - make_interval(secs => $4)`,
    [requestId, end, closedAgainSeconds, closedWaitSeconds],
  );
  return rowCount === 1;
}
