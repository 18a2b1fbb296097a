import type { Span } from '@opentelemetry/api';
import type { Bearer } from './bearer.js';
import type { Problem } from './problem.js';

/** What the gateway keeps with each request. */
declare module 'fastify' {
  interface FastifyRequest {
    bearer: Bearer;
    traceId: string;
    /** null: it is not traced, as nearly all are. */
    span: Span | null;
    /** What it takes of the budget of bodies. */
    bodyBytes: number;
    /** The body's text has an escape that may stand for U+0000 or a lone surrogate: look at every string. */
    bodyHasEscapes: boolean;
    problem: Problem | null;
    transactionIds: readonly string[] | null;
  }
}
