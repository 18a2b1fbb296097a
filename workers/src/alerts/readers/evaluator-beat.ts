import type { Database } from '../../database.js';
import type { EvaluatorBeat } from '../rules/evaluator-silent.js';

export async function readEvaluatorBeat(database: Database): Promise<EvaluatorBeat> {
  const { rows } = await database.query<EvaluatorBeat>(
    `SELECT extract(epoch FROM clock_timestamp() - beat_at)::float8 AS "silentS", every_seconds AS "everyS" FROM alert_evaluator`,
  );
  return rows[0] as EvaluatorBeat;
}
