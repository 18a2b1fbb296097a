/** How much each count grew per second, over the last few samples. */
export class RecentCounts<Name extends string> {
  readonly #samples: { atMs: number; counts: Record<Name, number> }[] = [];

  constructor(private readonly samplesMax: number) {}

  add(atMs: number, counts: Readonly<Record<Name, number>>): void {
    this.#samples.push({ atMs, counts: { ...counts } });
    if (this.#samples.length > this.samplesMax) this.#samples.shift();
  }

  /** What was counted before says nothing any more. */
  restart(): void {
    this.#samples.splice(0, this.#samples.length - 1);
  }

  perSecond(name: Name): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs <= first.atMs) return 0;
    return ((last.counts[name] - first.counts[name]) * 1_000) / (last.atMs - first.atMs);
  }
}
