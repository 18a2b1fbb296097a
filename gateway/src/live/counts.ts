/** How many there are of each name; one of which there are none costs nothing. */
export class Counts {
  readonly #byName = new Map<string, number>();

  of(name: string): number {
    return this.#byName.get(name) ?? 0;
  }

  add(name: string, more: number): void {
    const count = this.of(name) + more;
    if (count === 0) this.#byName.delete(name);
    else this.#byName.set(name, count);
  }
}
