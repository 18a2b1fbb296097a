/** How often a value fell below each bound: plain numbers, so that observing costs nothing. Read when somebody asks. */
export class Distribution {
  readonly #counts: number[];
  #sum = 0;

  /** `bounds` rise; a last bucket holds what is above all of them. */
  constructor(readonly bounds: readonly number[]) {
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > (this.bounds[bucket] as number)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += value;
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((all, count) => all + count, 0);
  }

  /** As Prometheus counts: `[bound, how many values were at most that]`, without the last bucket. */
  cumulative(): [bound: number, count: number][] {
    let sum = 0;
    return this.bounds.map((bound, i) => {
      sum += this.#counts[i] as number;
      return [bound, sum];
    });
  }
}
