/**
 * The values of the keys that were asked for lately, `max` at most: two generations, of which the older one goes when the
 * younger one is full. One look-up for a key that is asked for often; a list by last use would move it each time.
 */
export class RecentAccounts<Value> {
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  readonly #halfMax: number;

  constructor(
    max: number,
    private readonly make: (key: string) => Value,
  ) {
    this.#halfMax = max / 2;
  }

  get(key: string): Value {
    return this.#young.get(key) ?? this.#keep(key, this.#old.get(key) ?? this.make(key));
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #keep(key: string, value: Value): Value {
    if (this.#young.size >= this.#halfMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
    return value;
  }
}
