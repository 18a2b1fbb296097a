import type { ClaimedRun } from './run-store.js';

/** Faults that follow each other without a chunk between them: this is no database that is away. */
export const faultsMax = 5;

/** How often a run failed at the place that it is at. How often it was taken up says nothing: each stop of a worker gives it back. */
export class Faults {
  #at = '';
  #count = 0;

  /** Another one, with this one. */
  count({ runId, place }: Pick<ClaimedRun, 'runId' | 'place'>): number {
    const at = JSON.stringify([runId, place]);
    this.#count = at === this.#at ? this.#count + 1 : 1;
    this.#at = at;
    return this.#count;
  }
}

/**
 * Postgres refused it, it needs more memory than it may have, or a value is none that a ledger has: by itself that does not go away. Not
 * so if Postgres is shutting down, has no room, or is away, which often has no code.
 */
export function staysSo(error: unknown): boolean {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code)) return !/^(08|53|57|40|55)/.test(code);
  return code === 'ERR_WORKER_OUT_OF_MEMORY' || /^(Type|Range|Syntax)Error$/.test(String(name));
}
