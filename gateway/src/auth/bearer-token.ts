import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../http/problem.js';

export type Authenticate = (request: FastifyRequest) => string;

/** Who the one development token stands for, until callers have tokens of their own. */
const developmentCaller = 'dev';

/** Returns a function that names the caller of a request, or throws UNAUTHENTICATED. Roles and rate limits go here. */
export function bearerTokenAuth(token: string): Authenticate {
  const expected = Buffer.from(`Bearer ${token}`, 'latin1');
  return (request) => {
    const header = request.headers.authorization;
    if (header === undefined) throw unauthenticated('Send a bearer token in the Authorization header.', 'Bearer');
    if (header.length !== expected.length || !timingSafeEqual(Buffer.from(normalScheme(header), 'latin1'), expected)) {
      throw unauthenticated('The bearer token is not valid.', 'Bearer error="invalid_token"');
    }
    return developmentCaller;
  };
}

/** The scheme's case does not matter (RFC 9110). */
function normalScheme(header: string): string {
  return header.startsWith('Bearer ') || !/^bearer /i.test(header) ? header : `Bearer ${header.slice(7)}`;
}

function unauthenticated(detail: string, challenge: string): ProblemError {
  return new ProblemError({ code: 'UNAUTHENTICATED', detail }, { 'www-authenticate': challenge });
}
