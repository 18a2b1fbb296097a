import type { WalletClient } from '@smart-wallet/client';
import type { Logger } from 'pino';
import type { Database } from '../database.js';

const atOnceMax = 20;
/** Of those that are to be asked for no more. */
const droppedMax = 1_000;
const retrySecondsMax = 600;
/** Of a request, with all that the client tries. */
const deadlineMs = 10_000;

interface Due {
  findingId: string;
  walletId: string;
  check: string;
  delta: string | null;
  tries: number;
}

/** Suspends wallets with an open break, over the API, each finding once: under a key of its own, again until there is an answer. */
export class Suspensions {
  constructor(
    private readonly database: Database,
    private readonly client: Pick<WalletClient, 'changeStatus'>,
    private readonly log: Logger,
  ) {}

  async ask(signal: AbortSignal): Promise<void> {
    await this.#dropSettled();
    const { rows } = await this.database.query<Due>(
      `SELECT s.finding_id AS "findingId", s.wallet_id AS "walletId", f.check_name AS "check", f.delta, s.tries
         FROM reconciliation_suspensions s JOIN reconciliation_findings f USING (finding_id)
        WHERE s.status = 'PENDING' AND f.status = 'OPEN' AND s.next_try_at <= clock_timestamp() ORDER BY s.next_try_at LIMIT ${atOnceMax}`,
    );
    for (const due of rows) {
      if (signal.aborted) return;
      await this.#suspend(due, signal);
    }
  }

  /**
   * What somebody explained, or what is there no more, is no reason to take a wallet from its owner. One that is suspended although no
   * answer came was suspended by what was asked before.
   */
  async #dropSettled(): Promise<void> {
    const { rows } = await this.database.query<{ findingId: string; status: string; answer: string }>(
      `UPDATE reconciliation_suspensions s
          SET status = CASE WHEN asked.came THEN 'DONE' ELSE 'REFUSED' END, answer = 'the finding is ' || asked.status,
              suspended_at = CASE WHEN asked.came THEN clock_timestamp() END
         FROM (SELECT f.finding_id, f.status, s.tries > 0 AND w.status = 'SUSPENDED' AS came
                 FROM reconciliation_suspensions s JOIN reconciliation_findings f USING (finding_id)
                 JOIN wallets w ON w.wallet_id = s.wallet_id
                WHERE s.status = 'PENDING' AND f.status <> 'OPEN' LIMIT ${droppedMax}) AS asked
        WHERE s.finding_id = asked.finding_id AND s.status = 'PENDING'
       RETURNING s.finding_id AS "findingId", s.status, s.answer`,
    );
    for (const dropped of rows) this.log.warn(dropped, 'a wallet is not to be suspended any more for a finding');
  }

  /** Asking for those before it takes a while. */
  async #isOpen(findingId: string): Promise<boolean> {
    const { rows } = await this.database.query(
      `SELECT FROM reconciliation_findings WHERE finding_id = $1 AND status = 'OPEN'`,
      [findingId],
    );
    return rows.length > 0;
  }

  async #suspend({ findingId, walletId, check, delta, tries }: Due, signal: AbortSignal): Promise<void> {
    if (!(await this.#isOpen(findingId))) return; // it is dropped at the next look
    const reason = `reconciliation: ${check}${delta === null ? '' : ` is off by ${delta}`}, finding ${findingId}`;
    const key = `reconciliation-suspends-${findingId}`;
    try {
      const outcome = await this.client.changeStatus(
        walletId,
        { status: 'SUSPENDED', reason },
        { key, signal, deadlineMs },
      );
      if (outcome.kind === 'DONE') return await this.#settle(findingId, 'DONE', reason);
      if (outcome.kind === 'REFUSED') return await this.#settle(findingId, 'REFUSED', outcome.problem.code);
      await this.#later(findingId, tries, outcome.kind);
    } catch (error) {
      await this.#later(findingId, tries, String(error));
    }
  }

  async #settle(findingId: string, status: 'DONE' | 'REFUSED', answer: string): Promise<void> {
    await this.database.query(
      `UPDATE reconciliation_suspensions SET status = $2, answer = $3, tries = tries + 1,
              suspended_at = CASE $2 WHEN 'DONE' THEN clock_timestamp() END
        WHERE finding_id = $1 AND status = 'PENDING'`,
      [findingId, status, answer],
    );
    this.log.warn({ findingId, status, answer }, 'a wallet with a break was to be suspended');
  }

  async #later(findingId: string, tries: number, answer: string): Promise<void> {
    const seconds = Math.min(retrySecondsMax, 2 ** Math.min(tries, 10));
    await this.database.query(
      `UPDATE reconciliation_suspensions SET tries = tries + 1, answer = left($2, 500),
              next_try_at = clock_timestamp() + make_interval(secs => $3)
        WHERE finding_id = $1 AND status = 'PENDING'`,
      [findingId, answer, seconds],
    );
    this.log.warn({ findingId, answer, seconds }, 'a wallet with a break is not suspended yet: it is asked for again');
  }
}
