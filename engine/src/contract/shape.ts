/* What a value that came from outside may be, told by hand: hundreds are looked at in a second. */

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

/** In small letters, as every id is after its gateway read it. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && uuidPattern.test(value);
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The last instant of the year 9999. */
const lastMs = 253_402_300_799_999;

/** Unix milliseconds. */
export function isTime(value: unknown): value is number {
  return isCount(value) && value <= lastMs;
}

/** One of a closed set of words. */
export function isOneOf<T extends string>(words: readonly T[]): (value: unknown) => value is T {
  const known: ReadonlySet<unknown> = new Set(words);
  return (value): value is T => known.has(value);
}
