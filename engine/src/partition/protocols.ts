import type { Logger } from 'pino';
import type { Database } from '../database.js';

/** What this version speaks; `registerEngine` writes it down. */
export const ownProtocol = 5;
/** How often it is asked whether the least protocol has risen, or can. */
const askEveryMs = 1_000;

export interface ProtocolsParts {
  readonly workerId: string;
  readonly database: Pick<Database, 'query'>;
  readonly log: Logger;
}

/**
 * Which of the live engines may own partitions. While one that speaks less than this version does, all may that Postgres lets. Once none
 * does any more the least protocol rises, in Postgres, and such an engine, should it be started again, gets nothing: nobody hands it
 * anything, and Postgres refuses its takeovers.
 *
 * Nothing here is waited for: an engine that is not known yet counts as a new one, and is known at the next beat.
 */
export class Protocols {
  readonly #known: Map<string, number>;
  /** As Postgres said last. */
  #least = 0;
  #asking = false;
  #askAgainAt = 0;

  constructor(private readonly parts: ProtocolsParts) {
    this.#known = new Map([[parts.workerId, ownProtocol]]);
  }

  /** Of the live engines, those among whom partitions are spread. */
  mayOwn<Member extends { readonly workerId: string }>(members: readonly Member[]): readonly Member[] {
    const isDue = !this.#isRaised && performance.now() >= this.#askAgainAt;
    if (isDue || members.some(({ workerId }) => !this.#known.has(workerId))) this.#ask(members);
    return members.filter((member) => this.#protocolOf(member) >= this.#least);
  }

  get #isRaised(): boolean {
    return this.#least >= ownProtocol;
  }

  #protocolOf({ workerId }: { readonly workerId: string }): number {
    return this.#known.get(workerId) ?? ownProtocol;
  }

  #ask(members: readonly { readonly workerId: string }[]): void {
    if (this.#asking) return;
    this.#asking = true;
    this.#askNow(members)
      .catch((error: unknown) => this.parts.log.debug({ err: error }, 'protocols could not be read; asking again'))
      .finally(() => {
        this.#asking = false;
      });
  }

  async #askNow(members: readonly { readonly workerId: string }[]): Promise<void> {
    const unknown = members.map(({ workerId }) => workerId).filter((workerId) => !this.#known.has(workerId));
    if (unknown.length > 0) {
      const rows = await this.parts.database.query<{ worker_id: string; protocol: number }>(
        'SELECT worker_id, protocol FROM engine_workers WHERE worker_id = ANY ($1::uuid[])',
        [unknown],
      );
      for (const { worker_id, protocol } of rows) this.#known.set(worker_id, protocol);
    }
    if (this.#isRaised) return;
    this.#askAgainAt = performance.now() + askEveryMs;
    // Not while an engine of before lives, though it owns nothing: it is about to be replaced, and stands in for the others till then.
    const isMixed = members.some((member) => this.#protocolOf(member) < ownProtocol);
    if (!isMixed) await this.parts.database.query('SELECT raise_least_protocol($1)', [ownProtocol]);
    const [row] = await this.parts.database.query<{ protocol: number }>('SELECT protocol FROM least_protocol');
    this.#least = row?.protocol ?? this.#least;
    if (!this.#isRaised) return;
    this.parts.log.info(
      { protocol: ownProtocol },
      'no engine of before owns anything: all that this version knows is in use',
    );
  }
}
