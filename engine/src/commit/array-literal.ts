/**
 * Builds a Postgres array literal element by element. node-postgres would walk, quote and escape whole arrays for each of the
 * 26 columns of a batch, which cost more than deciding it.
 */
export class ArrayLiteral {
  #text = '';

  /** For what needs no quotes: numbers, uuids, enum labels. */
  plain(element: string | number | null): void {
    this.#text += element === null ? ',NULL' : `,${element}`;
  }

  /** For any text. */
  text(element: string | null): void {
    this.#text += element === null ? ',NULL' : `,"${needsEscape.test(element) ? escaped(element) : element}"`;
  }

  /** For money in ten-thousandths: `125000e-4` reads as 12.5000. */
  money(scaled: bigint | null): void {
    this.#text += scaled === null ? ',NULL' : `,${scaled}e-4`;
  }

  toString(): string {
    return `{${this.#text.slice(1)}}`;
  }
}

export function plainArray(elements: Iterable<string | number>): string {
  return `{${[...elements].join(',')}}`;
}

const needsEscape = /["\\]/;

function escaped(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}
