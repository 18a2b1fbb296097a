import type { ClientBase } from 'pg';
import type { Database } from '../database.js';

/** Who does not renew it for so long has lost it. */
const leaseSeconds = 10;
const renewMs = 3_000;

/** Somebody else judges alerts by now: what was about to be written is not. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError';
}

export interface Holder {
  readonly holderId: string;
  readonly name: string;
  readonly everyS: number;
}

/** Of several evaluators one works: the row of `alert_evaluator` says which, by the database's clock. */
export class EvaluatorLease {
  #epoch: string | null = null;

  constructor(
    private readonly database: Database,
    private readonly holder: Holder,
  ) {}

  get isHeld(): boolean {
    return this.#epoch !== null;
  }

  /** Takes or renews it. False: somebody else has it. */
  async hold(): Promise<boolean> {
    const { holderId, name, everyS } = this.holder;
    const { rows } = await this.database.query<{ epoch: string }>(
      `UPDATE alert_evaluator SET epoch = CASE WHEN holder = $1 THEN epoch ELSE epoch + 1 END, holder = $1, holder_name = $2,
              every_seconds = $3, leased_until = clock_timestamp() + make_interval(secs => $4)
        WHERE holder = $1 OR leased_until < clock_timestamp() RETURNING epoch`,
      [holderId, name, everyS, leaseSeconds],
    );
    this.#epoch = rows[0]?.epoch ?? null;
    return this.isHeld;
  }

  /** Keeps it while `work` runs, which may take longer than it lives. Throws LeaseLostError, and aborts what `work` is told, once somebody else has it. */
  async during<T>(work: (signal: AbortSignal) => Promise<T>, everyMs = renewMs): Promise<T> {
    const lost = new AbortController();
    let renewing: Promise<void> | null = null;
    const timer = setInterval(() => {
      renewing ??= this.#renew()
        .then((isOurs) => {
          if (!isOurs) lost.abort(new LeaseLostError('another evaluator judges alerts'));
        })
        // Whether it is lost then, the next one or the fence says.
        .catch(() => {})
        .finally(() => {
          renewing = null;
        });
    }, everyMs);
    try {
      const result = await work(lost.signal);
      lost.signal.throwIfAborted();
      return result;
    } finally {
      clearInterval(timer);
      await renewing;
    }
  }

  async #renew(): Promise<boolean> {
    const { rowCount } = await this.database.query(
      `UPDATE alert_evaluator SET leased_until = clock_timestamp() + make_interval(secs => $3) WHERE holder = $1 AND epoch = $2`,
      [this.holder.holderId, this.#epoch, leaseSeconds],
    );
    return rowCount === 1;
  }

  /** Begins a commit of the evaluator's: locks the row first of all, until the commit. Throws LeaseLostError. Returns the database's time. */
  async fence(client: ClientBase): Promise<Date> {
    // Whoever freezes in the middle holds up its successor for no longer.
    await client.query(`SET LOCAL transaction_timeout = '8s'`);
    const { rows } = await client.query<{ now: Date }>(
      `UPDATE alert_evaluator SET leased_until = clock_timestamp() + make_interval(secs => $3)
        WHERE holder = $1 AND epoch = $2 RETURNING clock_timestamp()::timestamptz(3) AS now`,
      [this.holder.holderId, this.#epoch, leaseSeconds],
    );
    const now = rows[0]?.now;
    if (this.#epoch === null || now === undefined) throw new LeaseLostError('another evaluator judges alerts');
    return now;
  }

  /** Another one takes it at once. */
  async release(): Promise<void> {
    if (!this.isHeld) return;
    this.#epoch = null;
    await this.database.query(`UPDATE alert_evaluator SET leased_until = '-infinity' WHERE holder = $1`, [
      this.holder.holderId,
    ]);
  }
}
