/** A batch of the ledger, as far as its events go. */
export interface Batch {
  readonly engineId: string;
  readonly seq: number;
  /** RFC 3339: the time of the commit. */
  readonly at: string;
  /** In leaf order. */
  readonly transactionIds: readonly string[];
  /** The first event's number of each partition that has events here. Null: events were not counted yet when it was written. */
  readonly firsts: ReadonlyMap<number, number> | null;
  readonly changes: readonly BatchChange[];
}

/** As it stands in `ledger_batches.changes`. Limits are in ten-thousandths. */
export interface BatchChange {
  readonly changeId: string;
  readonly partition: number;
  readonly walletId: string;
  readonly reason: string | null;
  /** How many of the batch's transactions come before it. */
  readonly place: number;
  readonly from: string | ChangedLimits;
  readonly to: string | ChangedLimits;
}

export interface ChangedLimits {
  readonly creditLimit: string;
  readonly perPayment: string | null;
  readonly dailyOut: string | null;
  readonly dailyIn: string | null;
}

/** What changed nothing is no event: it found its wallet so already, or it was refused. (jsonb writes equal values alike.) */
export function isEvent({ from, to }: BatchChange): boolean {
  return JSON.stringify(from) !== JSON.stringify(to);
}
