import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { answerSchemas } from './answer-schema.js';
import { openChoices } from './open-choices.js';

type Components = NonNullable<OpenAPIObject['components']>;
type Schema = NonNullable<Components['schemas']>[string];
export type ReferenceObject = Extract<Schema, { $ref: string }>;
export type SchemaObject = Exclude<Schema, ReferenceObject>;
export type HeadersObject = NonNullable<Components['headers']>;

/** What a caller sends; and of an answer only what is promised: other fields may be added (`output` would forbid them). */
const conversion = { io: 'input', unrepresentable: 'any' } as const;

const reference = (name: string) => `#/components/schemas/${name}`;

/** A zod schema as OpenAPI 3.1 describes it. What zod checks in code (currencies, amounts) its `meta` says. */
export function schemaOf(schema: z.ZodType): SchemaObject {
  return withoutMarks(z.toJSONSchema(schema, conversion));
}

/** Every named answer, by its name. Its choices are open: a reader must bear a kind or a code that is new. */
export function answerComponents(): Record<string, SchemaObject> {
  const { schemas } = z.toJSONSchema(answerSchemas, { ...conversion, uri: reference });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, openChoices(withoutMarks(schema))]));
}

/** Points to an answer's schema by its name. */
export function answerReference(schema: z.ZodType): ReferenceObject {
  const name = answerSchemas.get(schema)?.id;
  if (name === undefined) throw new Error('the schema of an answer has no name');
  return { $ref: reference(name) };
}

interface QueryParameter {
  name: string;
  required: boolean;
  schema: SchemaObject;
  description?: string;
}

/** The query parameters of a schema. */
export function queryParameters(filters: z.ZodType): QueryParameter[] {
  const { properties = {}, required = [] } = schemaOf(filters);
  return Object.entries(properties as Record<string, SchemaObject>).map(([name, { description, ...schema }]) => ({
    name,
    required: required.includes(name),
    schema,
    ...(description === undefined ? {} : { description }),
  }));
}

/** The document says its dialect once, and has its schemas' names as keys. */
function withoutMarks({ $schema: _dialect, $id: _name, ...schema }: Record<string, unknown>): SchemaObject {
  return schema as SchemaObject;
}
