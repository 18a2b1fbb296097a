import type { Logger } from 'pino';
import { FinalTime } from '../closing/final-time.js';
import type { Config } from '../config.js';
import { openDatabase } from '../storage/database.js';
import { MinuteRollUp } from './minute-roll-up.js';

/** A minute of very many batches on a busy server. */
const statementTimeoutMs = 9_000;

/** The roll-up with one connection of its own. Returns how it is stopped. */
export function startRollUp({ databaseUrl }: Pick<Config, 'databaseUrl'>, log: Logger): () => Promise<void> {
  const database = openDatabase({ databaseUrl, databaseConnectionsMax: 1 }, log, {
    applicationName: 'wallet-gateway minutes',
    statementTimeoutMs,
  });
  const rollUp = new MinuteRollUp(database, new FinalTime(database), log);
  rollUp.start();
  return async () => {
    await rollUp.stop();
    await database.end();
  };
}
