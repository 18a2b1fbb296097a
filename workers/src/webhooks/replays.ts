import type { Logger } from 'pino';
import { type Database, inTransaction } from '../database.js';
import { ContradictionError } from '../relay/batch-events.js';
import { Repeating } from '../repeating.js';
import { insertDeliveries, subscriptions, type TextEvent } from './insert-deliveries.js';
import { alertEventsAfter, ledgerEventsAfter, type RangePosition } from './range-events.js';

const lookEveryMs = 1_000;
/** After a piece of which nobody wants anything: a wide range is gone through without taking all of Postgres. */
const emptyPauseMs = 30;
const leaseMs = 30_000;
/** Of an endpoint: no more is made before some of it is gone. */
const waitingMax = 10_000;
/** What is committed now may have a time of a moment ago. */
const settleMs = 5_000;

interface ReplayRow {
  readonly replay_id: string;
  readonly webhook_id: string;
  readonly from_at: Date;
  readonly until: Date;
  readonly cursor_at: Date | null;
  readonly cursor_engine: string | null;
  readonly cursor_batch: string | null;
  readonly cursor_alert: string | null;
  readonly claims: number;
}

/**
 * Makes deliveries of what somebody wants once more, a piece at a time, from the ledger and the alerts. A piece and the mark behind it are one
 * commit: who dies in between leaves the rest to the next one. What one piece does not want to hurry is left for another look.
 */
export class Replays extends Repeating {
  constructor(
    private readonly database: Database,
    private readonly onDeliveries: () => void,
    private readonly log: Logger,
  ) {
    super({
      work: async () => {
        const replay = await claimReplay(database);
        return replay ? this.#advance(replay) : lookEveryMs;
      },
      failed: (error) => log.warn({ err: error }, 'a replay for a webhook could not go on: trying again'),
      retryMs: lookEveryMs,
    });
  }

  /** How long to wait before the next piece, of whichever replay. */
  async #advance(replay: ReplayRow): Promise<number> {
    const { replay_id: replayId, webhook_id: webhookId } = replay;
    const [subscription] = await subscriptions(this.database, webhookId);
    if (!subscription) return this.#finish(replay, 'the webhook is disabled, or deleted');
    let piece: { events: TextEvent[]; position: RangePosition } | null;
    try {
      const position = positionOf(replay);
      piece = (await ledgerEventsAfter(this.database, position)) ?? (await alertEventsAfter(this.database, position));
    } catch (error) {
      // Of a RangeError it is a row that no event can be made of, whoever tries.
      if (error instanceof ContradictionError || error instanceof RangeError)
        return this.#finish(replay, error.message);
      throw error;
    }
    if (piece === null) return this.#finish(replay, null);
    const { events, position } = piece;
    const made = await inTransaction(this.database, async (client) => {
      const count = await insertDeliveries(client, events, [subscription], replayId);
      await client.query(
        `UPDATE webhook_replays SET cursor_at = $3, cursor_engine = $4, cursor_batch = $5, cursor_alert = $6, deliveries = deliveries + $7,
                leased_until = NULL
          WHERE replay_id = $1 AND claims = $2 AND status = 'PENDING'`,
        [replayId, replay.claims, position.at, position.engineId, position.batchSeq, position.alert, count],
      );
      return count;
    });
    if (made === 0) return emptyPauseMs;
    this.onDeliveries();
    return 0;
  }

  async #finish(
    { replay_id: replayId, webhook_id: webhookId, claims }: ReplayRow,
    error: string | null,
  ): Promise<number> {
    const { rows } = await this.database.query<{ deliveries: string }>(
      `UPDATE webhook_replays SET status = $3, finished_at = clock_timestamp(), error = left($4, 500), leased_until = NULL
        WHERE replay_id = $1 AND claims = $2 AND status = 'PENDING' RETURNING deliveries`,
      [replayId, claims, error === null ? 'DONE' : 'FAILED', error],
    );
    const about = { replayId, webhookId, deliveries: rows[0]?.deliveries };
    if (error === null) this.log.info(about, 'a replay for a webhook is done');
    else this.log.error({ ...about, why: error }, 'a replay for a webhook ended before its time');
    return 0;
  }
}

/** One that nobody is at, whose endpoint can take more, and whose last moment is over: they take turns, a piece each. Two that claim the same do the same piece: one of them counts. */
export async function claimReplay(database: Database): Promise<ReplayRow | null> {
  const { rows } = await database.query<ReplayRow>(
    `UPDATE webhook_replays r SET claims = r.claims + 1, turn_at = clock_timestamp(), leased_until = clock_timestamp() + $1 * interval '1 ms'
      WHERE r.replay_id = (
        SELECT p.replay_id FROM webhook_replays p
         WHERE p.status = 'PENDING' AND (p.leased_until IS NULL OR p.leased_until <= clock_timestamp())
           AND least(p.to_at, p.requested_at) < clock_timestamp() - $3 * interval '1 ms'
           AND (SELECT count(*) FROM (SELECT FROM webhook_deliveries d
                                       WHERE d.webhook_id = p.webhook_id AND d.status = 'PENDING' LIMIT $2) AS waiting) < $2
         ORDER BY p.turn_at LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING r.replay_id, r.webhook_id, r.from_at, least(r.to_at, r.requested_at) AS until, r.cursor_at, r.cursor_engine, r.cursor_batch,
       r.cursor_alert, r.claims`,
    [leaseMs, waitingMax, settleMs],
  );
  return rows[0] ?? null;
}

function positionOf(row: ReplayRow): RangePosition {
  return {
    from: row.from_at,
    to: row.until,
    at: row.cursor_at,
    engineId: row.cursor_engine,
    batchSeq: row.cursor_batch === null ? null : Number(row.cursor_batch),
    alert: row.cursor_alert === null ? null : Number(row.cursor_alert),
  };
}
