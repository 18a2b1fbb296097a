import type { QueryConfig } from 'pg';
import { ArrayColumn, type ColumnType } from './array-column.js';

/** Names and types of a database function's parameters, in the order of its signature. */
type Parameters<Name extends string> = Readonly<Record<Name, string>>;

/** Columns travel as binary arrays, all else as it is. */
type Argument = ArrayColumn | string | number | Buffer | null;

/**
 * A function in the database, called with a name for every argument: two of one type cannot change places unseen. Its list of
 * parameters is held against pg_proc by a test.
 */
export class SqlFunction<Name extends string> {
  readonly #names: Name[];
  readonly #text: string;

  constructor(
    readonly name: string,
    readonly parameters: Parameters<Name>,
    returns: string,
  ) {
    this.#names = Object.keys(parameters) as Name[];
    const named = this.#names.map((parameter, i) => `${parameter} => $${i + 1}::${parameters[parameter]}`);
    this.#text = `SELECT ${name}(${named.join(', ')}) AS ${returns}`;
  }

  call(args: Readonly<Record<Name, Argument>>): QueryConfig {
    const values = this.#names.map((name) => {
      const argument = args[name];
      return argument instanceof ArrayColumn ? argument.toBuffer() : argument;
    });
    return { name: this.name, text: this.#text, values };
  }

  /** A call with some arguments replaced. */
  changed(call: QueryConfig, args: Partial<Record<Name, string | number>>): QueryConfig {
    const values = this.#names.map((name, i) => args[name] ?? call.values?.[i]);
    return { ...call, values };
  }
}

/** An empty column for each parameter, with room for as many elements. */
export function arrayColumns<Name extends string>(
  parameters: Readonly<Record<Name, ColumnType>>,
  elements: number,
): Record<Name, ArrayColumn> {
  const columns = {} as Record<Name, ArrayColumn>;
  // As it is: entries, and an object made of entries, take longer than the columns.
  for (const name in parameters) columns[name] = new ArrayColumn(parameters[name], elements);
  return columns;
}
