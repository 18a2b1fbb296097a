import type { BatchFigures } from '@smart-wallet/engine/contract/events.js';
import type { CommittedFigures } from '@smart-wallet/engine/contract/live.js';

/** Adds up the figures of batches. Exact: money is a bigint. */
export class CommittedSum {
  #batches = 0;
  #succeeded = 0;
  #failed = 0;
  readonly #failuresByCode = new Map<string, number>();
  readonly #countByKind = new Map<string, number>();
  readonly #sumByCurrency = new Map<string, bigint>();
  readonly #countByCurrency = new Map<string, number>();
  readonly #latency: number[] = [];

  addBatch(figures: BatchFigures, latency: readonly number[]): void {
    this.#batches += 1;
    this.#addFigures(figures);
    for (let bucket = 0; bucket < latency.length; bucket++) this.#addLatency(bucket, latency[bucket] as number);
  }

  add(figures: CommittedFigures): void {
    this.#batches += figures.batches;
    this.#addFigures(figures);
    for (const [bucket, count] of figures.latency) this.#addLatency(bucket, count);
  }

  /** Fields and keys in one order, whatever order the batches came in: equal sums are equal as text. */
  figures(): CommittedFigures {
    return {
      batches: this.#batches,
      succeeded: this.#succeeded,
      failed: this.#failed,
      failuresByCode: sortedRecord(this.#failuresByCode),
      countByKind: sortedRecord(this.#countByKind),
      sumByCurrency: decimalRecord(this.#sumByCurrency),
      countByCurrency: sortedRecord(this.#countByCurrency),
      latency: this.#latency.flatMap((count, bucket) => (count > 0 ? [[bucket, count] as [number, number]] : [])),
    };
  }

  #addFigures(figures: BatchFigures): void {
    this.#succeeded += figures.succeeded;
    this.#failed += figures.failed;
    addCounts(this.#failuresByCode, figures.failuresByCode);
    addCounts(this.#countByKind, figures.countByKind);
    addSums(this.#sumByCurrency, figures.sumByCurrency);
    addCounts(this.#countByCurrency, figures.countByCurrency ?? {});
  }

  #addLatency(bucket: number, count: number): void {
    while (this.#latency.length <= bucket) this.#latency.push(0);
    this.#latency[bucket] = (this.#latency[bucket] as number) + count;
  }
}

/** Adds money by currency, ten-thousandths in decimal digits. */
export function addSums(sums: Map<string, bigint>, more: Readonly<Record<string, string>>): void {
  for (const currency in more) {
    sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(more[currency] as string));
  }
}

export function decimalRecord(sums: ReadonlyMap<string, bigint>): Record<string, string> {
  return sortedRecord(new Map([...sums].map(([currency, sum]) => [currency, sum.toString()])));
}

export function sortedRecord<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

export function addCounts(counts: Map<string, number>, more: Readonly<Partial<Record<string, number>>>): void {
  for (const name in more) counts.set(name, (counts.get(name) ?? 0) + (more[name] as number));
}
