import type pg from 'pg';
import type { Break } from './finding.js';
import type { Plan } from './plan.js';

/** Where a phase has come to, as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: each phase has a state of its own
export type PhaseState = any;

export interface Surroundings {
  readonly client: pg.ClientBase;
  readonly runNo: string;
  readonly plan: Plan;
  /** Rows to be looked at in this chunk, about. */
  readonly size: number;
}

/** What one chunk found. It is written together with the place that the next chunk goes on from. */
export interface Chunk {
  /** null: the phase is over. */
  readonly next: PhaseState | null;
  readonly breaks: readonly Break[];
  /** Breaks that are not among them. */
  readonly more?: number;
  /** Wallets to be looked at later in this run, with the lowest entry number that matters. */
  readonly touched?: ReadonlyMap<string, bigint>;
  readonly wallets?: number;
  readonly transactions?: number;
  readonly batches?: number;
}

/** A part of a run, in chunks: each is short, holds no snapshot, and may be done again. */
export interface Phase {
  readonly name: string;
  begin(plan: Plan): PhaseState;
  chunk(state: PhaseState, surroundings: Surroundings): Promise<Chunk>;
}

/** Below every id. */
export const lowestId = '00000000-0000-0000-0000-000000000000';
