import type { Problem } from './problem.js';

/**
 * What asking again does not mend, and no rule of business explains: a malformed request, a token that is not good, an
 * address that is not the platform's; for what only reads, also that nobody answered in time. A money method throws it
 * only when nothing was done.
 */
export class WalletFault extends Error {
  override readonly name = 'WalletFault';
  /** As the platform said it; null: it said nothing, or what came was not its answer. */
  readonly problem: Problem | null;
  /** Of the answer; null: there was none. */
  readonly status: number | null;

  constructor(message: string, about: { problem?: Problem | null; status?: number | null; cause?: unknown } = {}) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.problem = about.problem ?? null;
    this.status = about.status ?? null;
  }
}
