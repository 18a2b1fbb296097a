import fc from 'fast-check';
import type { Operation, Parameter } from './api-document.js';
import { bodyBreakages, strayBody } from './body-breakages.js';
import { type Breakage, place } from './breakage.js';
import { poolOfPath } from './memory.js';
import { schemaValue, seenId } from './planned-values.js';
import { pathBreakages, queryBreakages } from './query-breakages.js';
import { wireBreakages } from './wire-breakages.js';

/** A call before it is known which ids there are. The same seed plans the same calls. */
export interface PlannedCall {
  operation: Operation;
  caller: { who: 'allowed' | 'somebody' | 'nobody'; at: number };
  path: Record<string, unknown>;
  query: [string, unknown][];
  /** A page behind one that was answered, where there was one. */
  nextPage: number | null;
  key: { how: 'new' | 'known' | 'none'; at: number; text: string };
  /** A call that was made before with a key is made again, instead of this one. */
  again: number | null;
  body: unknown;
  breakages: readonly Breakage[];
}

/** So many calls, one of each operation about as often as of any other; those that change something twice as often. */
export function plannedCalls(operations: readonly Operation[], count: number, seed: number): PlannedCall[] {
  const call = fc.oneof(
    ...operations.map((operation) => ({ weight: operation.body ? 4 : 2, arbitrary: callOf(operation) })),
  );
  return fc.sample(call, { numRuns: count, seed });
}

const who = fc.oneof(
  { weight: 16, arbitrary: fc.constant('allowed' as const) },
  { weight: 3, arbitrary: fc.constant('somebody' as const) },
  { weight: 1, arbitrary: fc.constant('nobody' as const) },
);

function callOf(operation: Operation): fc.Arbitrary<PlannedCall> {
  const inPath = operation.parameters.filter((one) => one.in === 'path');
  const inQuery = operation.parameters.filter((one) => one.in === 'query' && one.name !== 'cursor');
  const keyed = operation.parameters.find(({ name }) => name === 'Idempotency-Key');
  const pages = operation.parameters.some(({ name }) => name === 'cursor');
  return fc.record({
    operation: fc.constant(operation),
    caller: fc.record({ who, at: place }),
    path: fc.record(Object.fromEntries(inPath.map((one) => [one.name, inPathOf(operation, one)]))),
    query: queryOf(inQuery),
    nextPage: pages ? fc.option(place, { freq: 3 }) : fc.constant(null),
    key: fc.record({ how: keyHow(keyed), at: place, text: fc.stringMatching(/^[!#-~][!-~]{12,40}$/) }),
    again: keyed ? rarely(place, 6) : fc.constant(null),
    body: operation.body ? schemaValue(operation.body, '') : fc.constant(undefined),
    breakages: breakagesOf(operation, inQuery.length > 0 || pages),
  });
}

function inPathOf({ path }: Operation, { name, schema }: Parameter): fc.Arbitrary<unknown> {
  if (name !== 'id' && !name.endsWith('Id')) return schemaValue(schema, name);
  return fc.oneof({ weight: 9, arbitrary: seenId(poolOfPath(path, name)) }, { weight: 1, arbitrary: fc.uuid() });
}

function queryOf(parameters: Parameter[]): fc.Arbitrary<[string, unknown][]> {
  return fc
    .tuple(
      ...parameters.map(({ name, required, schema }) =>
        required ? schemaValue(schema, name) : fc.option(schemaValue(schema, name), { freq: 1, nil: undefined }),
      ),
      ...parameters.map(() => place),
    )
    .map((drawn) =>
      parameters.flatMap(({ name, required }, i): [string, unknown][] => {
        const isKept = required || (drawn[parameters.length + i] as number) < 0.4;
        return drawn[i] === undefined || !isKept ? [] : [[name, drawn[i]]];
      }),
    );
}

function keyHow(keyed: Parameter | undefined): fc.Arbitrary<PlannedCall['key']['how']> {
  if (!keyed) return fc.constant('none');
  return fc.oneof(
    { weight: 16, arbitrary: fc.constant('new' as const) },
    { weight: 2, arbitrary: fc.constant('known' as const) },
    { weight: keyed.required ? 1 : 16, arbitrary: fc.constant('none' as const) },
  );
}

/** Half of the calls are right, most others have one fault. */
function breakagesOf({ body, path }: Operation, hasQuery: boolean): fc.Arbitrary<readonly Breakage[]> {
  const one = fc.oneof(
    { weight: body ? 8 : 1, arbitrary: body ? bodyBreakages : strayBody },
    { weight: hasQuery ? 6 : 1, arbitrary: queryBreakages },
    { weight: path.includes('{') ? 2 : 1, arbitrary: pathBreakages },
    { weight: 3, arbitrary: wireBreakages },
  );
  return fc.oneof(
    { weight: 10, arbitrary: fc.constant([]) },
    { weight: 8, arbitrary: one.map((breakage) => [breakage]) },
    { weight: 2, arbitrary: fc.tuple(one, one) },
  );
}

/** One in so many. */
function rarely<T>(arbitrary: fc.Arbitrary<T>, of: number): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: of - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}
