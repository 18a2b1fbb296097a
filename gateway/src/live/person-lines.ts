import type { NeedsPerson } from '@smart-wallet/engine/contract/live.js';
import type { Logger } from 'pino';
import type { Database } from '../storage/database.js';
import { personLines, readAlertCounts, readPersonFacts } from './person-facts.js';

const everyMs = 1_000;
/** Kinds that a frame tells. */
const linesMax = 16;

/**
 * What waits for a person, read once a second whoever watches: a state beside the stream, so an alert and its acknowledgement are on
 * every screen at once.
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
      // One after the other: there is one connection for all that can wait.
      const alerts = await readAlertCounts(this.database);
      const facts = await readPersonFacts(this.database);
      this.#told = {
        lines: personLines(alerts, facts).slice(0, linesMax),
        acknowledged: alerts.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
        ageMs: 0,
        reconciledAt: facts.reconciledAt,
        relayLagMs: facts.relayLagMs === null ? null : Math.round(facts.relayLagMs),
      };
      this.#readAtMs = performance.now();
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) {
        this.log.warn({ err: error }, 'what needs a person cannot be read for the wallboard; trying again');
      }
      this.#isAway = true;
    } finally {
      this.#busy = false;
    }
  }
}
