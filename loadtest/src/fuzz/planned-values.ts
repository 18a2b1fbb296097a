import fc from 'fast-check';
import type { Schema } from './api-document.js';
import { place } from './breakage.js';
import { type Memory, poolOf } from './memory.js';

/* Values as a schema wants them. What a call learns only when it is sent (ids that were seen, the time) stands as a slot. */

/** An id that an answer told. */
export class SeenId {
  constructor(
    readonly pool: string,
    readonly at: number,
    readonly otherwise: string,
  ) {}
}

/** A time near that of the call. */
export class Moment {
  constructor(
    readonly offsetMs: number,
    readonly isDate: boolean,
  ) {}
}

/** A copy with its slots filled. */
export function filled(value: unknown, memory: Memory, nowMs: number): unknown {
  if (value instanceof SeenId) return memory.pick(value.pool, value.at) ?? value.otherwise;
  if (value instanceof Moment) {
    const text = new Date(nowMs + value.offsetMs).toISOString();
    return value.isDate ? text.slice(0, 10) : text;
  }
  if (Array.isArray(value)) return value.map((inner) => filled(inner, memory, nowMs));
  if (value === null || typeof value !== 'object') return value;
  // Not by assignment: a key may be __proto__.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner, memory, nowMs)]));
}

/** No two alike. */
const uniqueArray: typeof fc.array = (items, { minLength = 0, maxLength = minLength } = {}) =>
  fc.uniqueArray(items, { minLength, maxLength, selector: (item) => JSON.stringify(item) });

const momentNames = /^(from|to|at|.*At)$/;
const dayMs = 86_400_000;

export const seenId = (pool: string): fc.Arbitrary<unknown> =>
  fc.tuple(place, fc.uuid()).map(([at, otherwise]) => new SeenId(pool, at, otherwise));
const anyId = fc.oneof(fc.uuid(), ...['walletId', 'transactionId', 'holdId'].map(seenId));
/** What ends ends later, mostly. */
const moment = (earliestMs: number) =>
  fc
    .tuple(fc.noBias(fc.integer({ min: earliestMs, max: 2 * dayMs })), fc.boolean())
    .map(([offsetMs, isDate]) => new Moment(offsetMs, isDate));

/** Of a field with that name. Right as far as the schema can say it. */
export function schemaValue(schema: Schema, name: string): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => schemaValue({ ...one, ...exampleOf(schema) }, name)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return objectOf(schema);
    case 'array':
      return (schema.uniqueItems ? uniqueArray : fc.array)(schemaValue(schema.items ?? {}, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? itemsMax, (schema.minItems ?? 0) + itemsMax),
      });
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1_000, 2 ** 31 - 1) });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return textOf(schema, name);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

const itemsMax = 4;
/** Numbers that JSON carries exactly. */
const plain = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.nat()),
);

function objectOf({ properties = {}, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
  const names = Object.keys(properties);
  if (names.length === 0 && additionalProperties !== false) return fc.dictionary(fc.string(), plain);
  const optional = names.filter((name) => !required.includes(name));
  const some = fc.tuple(...optional.map(() => fc.boolean()));
  const all = fc.record(Object.fromEntries(names.map((name) => [name, schemaValue(properties[name] as Schema, name)])));
  return fc.tuple(some, all).map(([kept, values]) => {
    const leftOut = new Set(optional.filter((_name, i) => !kept[i]));
    return Object.fromEntries(Object.entries(values).filter(([name]) => !leftOut.has(name)));
  });
}

function exampleOf({ example, examples }: Schema): Pick<Schema, 'example'> {
  const one = example ?? examples?.[0];
  return one === undefined ? {} : { example: one };
}

/** Mostly the example, where there is one: what matches a pattern alone is seldom a currency, or what somebody has. */
function textOf(schema: Schema, name: string): fc.Arbitrary<unknown> {
  const { example } = exampleOf(schema);
  if (momentNames.test(name)) return moment(name === 'expiresAt' ? -dayMs / 8 : -2 * dayMs);
  const { minLength = 0, maxLength = 300 } = schema;
  const pool = poolOf(name);
  const free = schema.pattern === undefined ? fc.string({ unit: 'grapheme', minLength, maxLength }) : matching(schema);
  if (pool !== undefined) {
    return fc.oneof(
      { weight: 8, arbitrary: seenId(pool) },
      { weight: 1, arbitrary: anyId },
      { weight: 1, arbitrary: free },
    );
  }
  if (example === undefined) return free;
  if (name === 'amount') {
    return fc.oneof(
      { weight: 8, arbitrary: fc.constant(example) },
      { weight: 2, arbitrary: forApproval },
      { weight: 1, arbitrary: free },
    );
  }
  return fc.oneof({ weight: 12, arbitrary: fc.constant(example) }, { weight: 1, arbitrary: free });
}

/** From the first on, what a person asks for waits for another one. */
const forApproval = fc.constantFrom('1000.00', '1000.01', '2500.00');

function matching({ pattern = '', minLength = 0, maxLength = 300 }: Schema): fc.Arbitrary<string> {
  const right = ({ length }: string) => length >= minLength && length <= maxLength;
  return fc.stringMatching(new RegExp(pattern), { size: 'small' }).filter(right);
}
