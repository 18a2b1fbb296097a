/* Kinds, statuses and codes become more, so an answer's schema lists those of today beside any other text. */

type Json = Record<string, unknown>;

/** A copy of an answer's schema in which each choice of texts is open. */
export function openChoices<T>(schema: T): T {
  return mapSchemas(schema, (one) => {
    if (one.type !== 'string' || !Array.isArray(one.enum)) return one;
    const { type, enum: values, ...others } = one;
    return { ...others, anyOf: [{ type, enum: values }, { type }] };
  }) as T;
}

/** A copy in which only the texts of today are right, for tests. */
export function closeChoices<T>(schema: T): T {
  return mapSchemas(schema, (one) => {
    const [values, others, ...more] = (one.anyOf ?? []) as Json[];
    if (!Array.isArray(values?.enum) || others?.type !== 'string' || 'enum' in others || more.length > 0) return one;
    const { anyOf: _open, ...rest } = one;
    return { ...rest, ...values };
  }) as T;
}

function mapSchemas(value: unknown, change: (schema: Json) => Json): unknown {
  if (Array.isArray(value)) return value.map((inner) => mapSchemas(inner, change));
  if (value === null || typeof value !== 'object') return value;
  return change(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapSchemas(inner, change)])));
}
