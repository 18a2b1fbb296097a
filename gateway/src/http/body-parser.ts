import { isUtf8 } from 'node:buffer';
import { bodyDepthMax } from '@smart-wallet/engine/contract/limits.js';
import type { FastifyInstance } from 'fastify';
import secureJson from 'secure-json-parse';
import { isExactNumber, mayHoldInexactNumber } from './exact-number.js';
import { ProblemError } from './problem.js';

/** JSON objects only; every other media type is 415 (Fastify's own answer when no parser knows it). */
export function registerBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      const text = decode(body as Buffer);
      request.bodyHasEscapes = text.includes('\\u');
      done(null, parseObject(text, request.bodyHasEscapes));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Some calls need no field, so somebody sends them nothing. */
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
  if (isDeeper(value, bodyDepthMax)) throw malformed(`The body is nested deeper than ${bodyDepthMax}.`);
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

function isDeeper(value: object, depthMax: number): boolean {
  if (depthMax === 0) return true;
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    if (inner !== null && typeof inner === 'object' && isDeeper(inner, depthMax - 1)) return true;
  }
  return false;
}

/** V8 quotes the text it failed on; what a caller sent stays out of answers and logs. */
function withoutBody(message: string): string {
  const position = /at position \d+/.exec(message)?.[0];
  return position ? `unexpected text ${position}.` : 'it ends too early or holds something unexpected.';
}

function malformed(detail: string): ProblemError {
  return new ProblemError({ code: 'MALFORMED_JSON', detail });
}
