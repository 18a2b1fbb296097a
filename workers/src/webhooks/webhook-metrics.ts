import { Counter, Gauge, type Registry } from 'prom-client';
import type { Database } from '../database.js';

/** A scrape does not wait for a database that is away. */
const freshForMs = 5_000;
const countedMax = 100_000;

export interface AttemptCounts {
  attempted(outcome: 'delivered' | 'again' | 'failed'): void;
}

interface Waiting {
  readonly count: number;
  readonly seconds: number;
}

export class WebhookMetrics implements AttemptCounts {
  readonly #attempts: Counter<'outcome'>;
  #waiting: { at: number; read: Promise<Waiting | null> } | null = null;

  constructor(
    registry: Registry,
    private readonly database: Database,
    inFlight: () => number,
  ) {
    const registers = [registry];
    this.#attempts = new Counter({
      name: 'wallet_workers_webhook_attempts_total',
      help: 'Calls of webhooks: delivered, to be tried again, or given up (failed)',
      labelNames: ['outcome'] as const,
      registers,
    });
    for (const outcome of ['delivered', 'again', 'failed']) this.#attempts.inc({ outcome }, 0);
    const gauge = (name: string, help: string, read: (waiting: Waiting) => number) => {
      const waiting = () => this.#read();
      new Gauge({
        ...{ name, help, registers },
        async collect() {
          const found = await waiting();
          if (found) this.set(read(found));
          else this.reset();
        },
      });
    };
    gauge(
      'wallet_workers_webhook_deliveries_waiting',
      `Deliveries that wait, of all workers; counted up to ${countedMax}`,
      ({ count }) => count,
    );
    gauge(
      'wallet_workers_webhook_waits_seconds',
      'Age of the oldest delivery that waits for an endpoint which is not paused',
      ({ seconds }) => seconds,
    );
    new Gauge({
      name: 'wallet_workers_webhook_calls',
      help: 'Calls that are under way in this worker',
      registers,
      collect() {
        this.set(inFlight());
      },
    });
  }

  attempted(outcome: 'delivered' | 'again' | 'failed'): void {
    this.#attempts.inc({ outcome });
  }

  /** Both gauges of a scrape, of one query. Null: Postgres cannot be asked. */
  #read(): Promise<Waiting | null> {
    if (this.#waiting === null || performance.now() - this.#waiting.at > freshForMs) {
      this.#waiting = { at: performance.now(), read: waitingOf(this.database).catch(() => null) };
    }
    return this.#waiting.read;
  }
}

async function waitingOf(database: Database): Promise<Waiting> {
  const { rows } = await database.query<Waiting>(
    `SELECT (SELECT count(*) FROM (SELECT FROM webhook_deliveries WHERE status = 'PENDING' LIMIT ${countedMax}) AS waiting)::int AS count,
            coalesce(extract(epoch FROM clock_timestamp() - min(d.created_at)), 0)::float8 AS seconds
       FROM webhooks w CROSS JOIN LATERAL (SELECT created_at FROM webhook_deliveries o
                                            WHERE o.webhook_id = w.webhook_id AND o.status = 'PENDING' ORDER BY o.delivery_id LIMIT 1) d
      WHERE w.deleted_at IS NULL AND w.status = 'ACTIVE'`,
  );
  return rows[0] ?? { count: 0, seconds: 0 };
}
