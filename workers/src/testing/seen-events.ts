import type { EventMessage, LedgerEvent } from '../relay/event.js';

/**
 * What a subscriber has to do to have everything once and in order: drop what it has seen, by partition and sequence, and notice what is
 * missing. It keeps every id here, so that it can say whether a repetition is one.
 */
export class SeenEvents {
  /** Of each partition: event ids by sequence, from 1. */
  readonly partitions = new Map<number, (LedgerEvent | undefined)[]>();
  readonly wrong: string[] = [];
  duplicates = 0;
  messages = 0;

  /** `from`: the first sequence that is expected of a partition. */
  constructor(private readonly from = 1) {}

  take({ messageId, shard, events }: EventMessage): void {
    this.messages += 1;
    for (const event of events) {
      if (event.partition === null) continue;
      if (event.partition % 8 !== shard) this.wrong.push(`${event.eventId} came in shard ${shard}: ${messageId}`);
      this.#takeOne(event.partition, event);
    }
  }

  #takeOne(partition: number, event: LedgerEvent): void {
    let seen = this.partitions.get(partition);
    if (!seen) {
      seen = [];
      seen.length = this.from;
      this.partitions.set(partition, seen);
    }
    const { sequence, eventId } = event;
    if (sequence < seen.length && seen[sequence] !== undefined) {
      this.duplicates += 1;
      const before = seen[sequence];
      if (JSON.stringify(before) !== JSON.stringify(event)) {
        this.wrong.push(`event ${sequence} of partition ${partition} was ${before?.eventId}, now ${eventId}`);
      }
    } else {
      if (sequence < seen.length) this.wrong.push(`event ${sequence} of partition ${partition} came after later ones`);
      else if (sequence > seen.length) this.gaps.push({ partition, from: seen.length, to: sequence - 1 });
      seen[sequence] = event;
    }
  }

  /** What was missing when something later came. */
  readonly gaps: { partition: number; from: number; to: number }[] = [];

  /** What is missing still, up to the partition's last event. */
  missing(lasts: ReadonlyMap<number, number>): string[] {
    return [...lasts].flatMap(([partition, last]) => {
      const seen = this.partitions.get(partition) ?? [];
      const missing: string[] = [];
      for (let i = this.from; i <= last; i++) if (seen[i] === undefined) missing.push(`${partition}:${i}`);
      if (seen.length > last + 1) missing.push(`${partition} has more than ${last}`);
      return missing;
    });
  }

  get count(): number {
    return [...this.partitions.values()].reduce((sum, seen) => sum + seen.filter(Boolean).length, 0);
  }
}
