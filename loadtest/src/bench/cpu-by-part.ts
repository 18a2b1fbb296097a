import { median } from './spread.js';

/** What works for a payment, besides its caller; `plan` is the server of the straightforward design. */
export const parts = ['gateway', 'engines', 'postgres', 'nats', 'redis', 'plan'] as const;
export type Part = (typeof parts)[number];
export type ByPart<T> = Partial<Record<Part, T>>;

/** Processes of each part; null: one that runs elsewhere. */
export type PartPids = ByPart<(number | null)[]>;

/**
 * CPU time of each part, in microseconds for each of `count` requests, from what each had used before and after, in
 * milliseconds. null where it cannot be read, or nothing was answered.
 */
export function microsEach(
  before: ByPart<number> | null,
  after: ByPart<number> | null,
  count: number,
): ByPart<number> | null {
  if (before === null || after === null || count === 0) return null;
  return mapParts(after, (ms, part) => ((ms - (before[part] ?? 0)) * 1_000) / count);
}

/** null where one of them is. */
export function medianByPart(all: readonly (ByPart<number> | null)[]): ByPart<number> | null {
  const known = all.filter((each) => each !== null);
  if (known.length !== all.length) return null;
  return mapParts(known[0] ?? {}, (_, part) => Math.round(median(known.map((each) => each[part] ?? 0))));
}

export function sumOfParts(byPart: ByPart<number> | null): number | null {
  return byPart && Object.values(byPart).reduce((sum, value) => sum + value, 0);
}

/** How much of one core requests at this rate take. */
export function percentOfCore(micros: number, perSecond: number): number {
  return Math.round((micros * perSecond) / 10_000);
}

function mapParts<T, R>(byPart: ByPart<T>, work: (value: T, part: Part) => R): ByPart<R> {
  return Object.fromEntries(
    parts.flatMap((part) => {
      const value = byPart[part];
      return value === undefined ? [] : [[part, work(value, part)]];
    }),
  );
}
