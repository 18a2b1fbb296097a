import type { HeadersObject } from './json-schema.js';

/** What answers of a limited route say of the limit. Not where they end before it is looked at, and not where it is off. */
export const rateLimitHeaders: HeadersObject = {
  'RateLimit-Policy': {
    description: 'The caller\u2019s limit: `q` calls in each `w` seconds.',
    schema: { type: 'string', pattern: '^"[a-z-]+";q=[0-9]+;w=[0-9]+$' },
    example: '"payments";q=500000;w=10',
  },
  RateLimit: {
    description: 'What is left of it: `r` calls, for `t` seconds.',
    schema: { type: 'string', pattern: '^"[a-z-]+";r=[0-9]+;t=[0-9]+$' },
    example: '"payments";r=499900;t=7',
  },
};

/** Said once in the document, and named by each answer. */
export const rateLimitFields: HeadersObject = Object.fromEntries(
  Object.keys(rateLimitHeaders).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
);
