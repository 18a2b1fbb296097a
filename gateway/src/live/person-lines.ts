import type { NeedsPerson, PersonLine } from '@smart-wallet/engine/contract/live.js';
import type { Logger } from 'pino';
import type { Database } from '../storage/database.js';

const everyMs = 1_000;
/** Kinds that a frame tells. */
const linesMax = 12;

/**
 * What waits for a person, read once a second: a state beside the stream, so an alert and its acknowledgement are on every screen at once.
 * The index of open alerts is all that is read.
 */
export class PersonLines {
  #told: NeedsPerson | null = null;
  #readAtMs: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #isAway = false;

  constructor(
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.#timer = setInterval(() => void this.read(), everyMs);
    void this.read();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** null: not known yet. */
  get told(): NeedsPerson | null {
    if (this.#told === null || this.#readAtMs === null) return null;
    return { ...this.#told, ageMs: Math.round(performance.now() - this.#readAtMs) };
  }

  async read(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const { rows } = await this.database.query<PersonLine & { acknowledged: number }>(
        `SELECT alert_type AS kind, count(*) FILTER (WHERE status <> 'ACKNOWLEDGED')::int AS count,
                count(*) FILTER (WHERE status = 'ACKNOWLEDGED')::int AS acknowledged,
                (ARRAY['INFO', 'WARNING', 'CRITICAL'])[max(array_position(ARRAY['INFO', 'WARNING', 'CRITICAL'], severity::text))
                  FILTER (WHERE status <> 'ACKNOWLEDGED')] AS severity,
                floor(extract(epoch FROM min(created_at) FILTER (WHERE status <> 'ACKNOWLEDGED')) * 1000)::float8 AS "oldestAt"
           FROM alerts WHERE status <> 'RESOLVED' GROUP BY 1`,
      );
      const lines = rows.filter(({ count }) => count > 0).map(({ acknowledged: _, ...line }) => line);
      this.#told = {
        lines: lines.sort(worstFirst).slice(0, linesMax),
        acknowledged: rows.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
        ageMs: 0,
      };
      this.#readAtMs = performance.now();
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) this.log.warn({ err: error }, 'open alerts cannot be read for the wallboard; trying again');
      this.#isAway = true;
    } finally {
      this.#busy = false;
    }
  }
}

const ranks = { CRITICAL: 0, WARNING: 1, INFO: 2 } as const;

function worstFirst(a: PersonLine, b: PersonLine): number {
  return ranks[a.severity] - ranks[b.severity] || a.oldestAt - b.oldestAt || (a.kind < b.kind ? -1 : 1);
}
