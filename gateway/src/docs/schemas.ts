import { z } from 'zod';

type BodyOptions = { schema: Record<string, unknown> };

/** A zod schema as OpenAPI describes it. What zod checks in code (currencies, amounts) is said in words only. */
export function bodySchema(schema: z.ZodType): BodyOptions {
  return { schema: z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' }) };
}

export const idempotencyHeader = {
  name: 'Idempotency-Key',
  required: true,
  description: '1 to 255 visible ASCII characters. The same key and body again give the first answer again.',
};
