import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

type Components = NonNullable<OpenAPIObject['components']>;
type Schema = NonNullable<Components['schemas']>[string];
export type ReferenceObject = Extract<Schema, { $ref: string }>;
export type SchemaObject = Exclude<Schema, ReferenceObject>;
export type HeadersObject = NonNullable<Components['headers']>;

/** A zod schema as OpenAPI describes it. What zod checks in code (currencies, amounts) its `meta` says. */
export function schemaOf(schema: z.ZodType): SchemaObject {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' }) as SchemaObject;
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

export function component(name: string): ReferenceObject {
  return { $ref: `#/components/schemas/${name}` };
}
