/**
 * Counts latencies in buckets that grow with the value: exact to the microsecond below 0.128 ms, within 1 % above.
 * Percentiles come from all values, not from a sample.
 */
export class Histogram {
  #counts = new Float64Array(bucketCount);
  #total = 0;

  static from(counts: number[]): Histogram {
    const histogram = new Histogram();
    histogram.#counts = Float64Array.from(counts);
    histogram.#total = counts.reduce((sum, count) => sum + count, 0);
    return histogram;
  }

  get total(): number {
    return this.#total;
  }

  /** @param count how many payments had this latency (those of one batch share it) */
  record(ms: number, count = 1): void {
    const index = indexOf(Math.max(0, Math.round(ms * 1_000)));
    this.#counts[index] = (this.#counts[index] as number) + count;
    this.#total += count;
  }

  /** Milliseconds that the given share (0 to 1) of the values does not exceed; 0 when there are none. */
  percentileMs(share: number): number {
    const rank = Math.ceil(this.#total * share);
    let seen = 0;
    for (let i = 0; i < bucketCount; i++) {
      seen += this.#counts[i] as number;
      if (seen >= rank && seen > 0) return upperBoundOf(i) / 1_000;
    }
    return 0;
  }

  counts(): number[] {
    return [...this.#counts];
  }
}

const exactBits = 7;
const exact = 1 << exactBits;
/** Up to 2^33 µs: more than two hours. */
const bucketCount = exact + (33 - exactBits) * exact;

function indexOf(us: number): number {
  if (us < exact) return us;
  const power = Math.min(32, Math.floor(Math.log2(us)));
  const within = Math.floor((us / 2 ** power - 1) * exact);
  return exact + (power - exactBits) * exact + Math.min(exact - 1, within);
}

function upperBoundOf(index: number): number {
  if (index < exact) return index;
  const power = Math.floor((index - exact) / exact) + exactBits;
  const within = (index - exact) % exact;
  return 2 ** power * (1 + (within + 1) / exact);
}
