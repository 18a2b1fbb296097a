import type { Whose } from './whose.js';

/** Conditions of a WHERE, each on a parameter of its own; those without a value are left out. */
export class SqlConditions {
  readonly #texts: string[] = [];

  /**
   * @param values of the whole statement; parameters are numbered by their place in it
   * @param whose rows the reader may see. It is asked for here so that no query forgets to say it
   */
  constructor(
    readonly values: unknown[],
    whose: Whose,
  ) {
    this.addWhose(whose);
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  add(condition: (parameter: string) => string, value: unknown): void {
    if (value === undefined) return;
    this.values.push(value);
    this.#texts.push(condition(`$${this.values.length}`));
  }

  addText(condition: string): void {
    this.#texts.push(condition);
  }

  addWhose({ scope, isSeen }: Whose): void {
    this.add(isSeen, scope ?? undefined);
  }

  where(): string {
    return this.isEmpty ? '' : `WHERE ${this.#texts.join(' AND ')}`;
  }

  /** As `where`, behind other conditions. */
  and(): string {
    return this.#texts.map((text) => ` AND ${text}`).join('');
  }
}
