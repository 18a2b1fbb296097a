import { v7 as uuidv7 } from 'uuid';
import type { ModelConfig } from '../config.js';
import { type Database, inTransaction } from '../database.js';
import { digestPeriods } from '../digest/due-digest.js';
import { readCounts, readFigures } from '../digest/figures.js';
import { askModel } from './ask-model.js';
import { factsOf, plainSummary } from './facts.js';

const takenForMs = 300_000;

/** Makes the summary that is asked for, unless it is there, or somebody is at it. False: somebody is. */
export async function makeSummary(
  database: Database,
  model: ModelConfig | null,
  requestId: string,
  budgetMs?: number,
): Promise<boolean> {
  const { rows } = await database.query<{ date: string; summary_id: string | null; taken: boolean }>(
    `WITH taken AS (
       UPDATE summary_requests SET taken_until = clock_timestamp() + make_interval(secs => $2)
        WHERE request_id = $1 AND summary_id IS NULL AND coalesce(taken_until, '-infinity') < clock_timestamp()
        RETURNING request_id)
     SELECT summary_date::text AS date, summary_id, EXISTS (SELECT FROM taken) AS taken FROM summary_requests WHERE request_id = $1`,
    [requestId, takenForMs / 1_000],
  );
  const [request] = rows;
  if (request === undefined || request.summary_id !== null) return true;
  if (!request.taken) return false;
  const [day, before] = digestPeriods(request.date, 'DAILY', 'UTC');
  const figures = await readFigures(database, day);
  const facts = factsOf(figures, await readCounts(database, before));
  const answer =
    model === null
      ? { refused: 'no model is configured' }
      : await askModel(facts, { database, model, ...(budgetMs === undefined ? {} : { budgetMs }) });
  const written = 'text' in answer;
  const isOver = figures.closed
    ? ''
    : 'The day is not over, or not all of it is closed: these figures are of what was there. ';
  const text = written ? answer.text : plainSummary(facts);
  const summaryId = uuidv7();
  await inTransaction(database, async (client) => {
    const { rowCount } = await client.query(
      'SELECT FROM summary_requests WHERE request_id = $1 AND summary_id IS NULL FOR UPDATE',
      [requestId],
    );
    if (rowCount === 0) return;
    await client.query(
      `INSERT INTO ai_summaries (summary_id, summary_date, summary_type, content, facts, model, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        ...[summaryId, request.date, written ? 'AI' : 'FALLBACK', isOver + text, JSON.stringify(facts)],
        ...[written ? model?.name : null, written ? null : answer.refused],
      ],
    );
    await client.query('UPDATE summary_requests SET summary_id = $2 WHERE request_id = $1', [requestId, summaryId]);
  });
  return true;
}
