import { isUtf8 } from 'node:buffer';
import { bodyDepthMax, bodyValuesMax } from '@smart-wallet/engine/contract/limits.js';
import type { FastifyInstance } from 'fastify';
import secureJson from 'secure-json-parse';
import { isExactNumber, mayHoldInexactNumber } from './exact-number.js';
import { type FieldError, ProblemError } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    bodyMayBeEmpty?: boolean;
  }
}

/** JSON objects only; every other media type is 415 (Fastify's own answer when no parser knows it). */
export function registerBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0 && request.routeOptions.config.bodyMayBeEmpty) return done(null, {});
    try {
      const text = decode(body as Buffer);
      request.bodyHasEscapes = text.includes('\\u');
      done(null, parseObject(text, request.bodyHasEscapes));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Some calls need no field, so somebody sends them nothing; to a few that is as good as `{}`. */
export const emptyBody = 'The body is empty. Send a JSON object, {} if there is nothing to say.';

export function decode(body: Buffer): string {
  if (body.length === 0) throw malformed(emptyBody);
  if (!isUtf8(body)) throw malformed('The body is not valid UTF-8.');
  return body.toString('utf8');
}

export function parseObject(text: string, hasEscapes = text.includes('\\u')): Record<string, unknown> {
  const value = parse(text, hasEscapes);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw malformed('The body must be a JSON object.');
  }
  if (!isBounded(value, bodyDepthMax, { left: bodyValuesMax })) {
    const rule = isBounded(value, bodyDepthMax, { left: Number.POSITIVE_INFINITY }) ? 'VALUES' : 'DEPTH';
    const says = {
      DEPTH: `is nested deeper than ${bodyDepthMax}`,
      VALUES: `holds more than ${bodyValuesMax} fields and items`,
    };
    throw malformed(`The body ${says[rule]}.`, { field: '', rule, message: says[rule] });
  }
  return value as Record<string, unknown>;
}

/** The safe parser scans slowly, so it sees only texts that could poison a prototype. */
function parse(text: string, hasEscapes: boolean): unknown {
  const suspect = hasEscapes || text.includes('__proto__') || text.includes('constructor');
  try {
    const reviver = mayHoldInexactNumber(text) ? markInexact : undefined;
    return suspect ? secureJson.parse(text, reviver) : JSON.parse(text, reviver);
  } catch (error) {
    const message = (error as Error).message;
    throw malformed(
      message.includes('forbidden prototype')
        ? 'The keys __proto__ and constructor.prototype are not allowed.'
        : `The body is not valid JSON: ${withoutBody(message)}`,
    );
  }
}

/** A number that would be rounded becomes NaN, which no field takes: JSON has none. */
function markInexact(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && !isExactNumber(context?.source ?? '', value) ? Number.NaN : value;
}

/** Whether it is no deeper than that, and holds no more fields and items, in all its objects and arrays together, than are left. */
function isBounded(value: object, depthMax: number, values: { left: number }): boolean {
  if (depthMax === 0) return false;
  const inside = Array.isArray(value) ? value : Object.values(value);
  values.left -= inside.length;
  if (values.left < 0) return false;
  for (const inner of inside) {
    if (inner !== null && typeof inner === 'object' && !isBounded(inner, depthMax - 1, values)) return false;
  }
  return true;
}

/** V8 quotes the text it failed on; what a caller sent stays out of answers and logs. */
function withoutBody(message: string): string {
  const position = /at position \d+/.exec(message)?.[0];
  return position ? `unexpected text ${position}.` : 'it ends too early or holds something unexpected.';
}

function malformed(detail: string, error?: FieldError): ProblemError {
  return new ProblemError({ code: 'MALFORMED_JSON', detail, ...(error && { errors: [error] }) });
}
