import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../http/problem.js';
import { developmentBearer, type Tokens } from './tokens.js';

/** Names the caller of a request, or throws. A promise only for a token that takes one to read. */
export type Authenticate = (request: FastifyRequest) => string | Promise<never>;

/** The API is for the development token; who has a display token may only look at the live stream. */
export function bearerTokenAuth(tokens: Tokens): Authenticate {
  return (request) => {
    const header = request.headers.authorization;
    if (header === undefined) throw unauthenticated('Send a bearer token in the Authorization header.', 'Bearer');
    const token = bearerToken(header);
    if (tokens.isDevelopment(token)) return developmentBearer.caller;
    if (tokens.looksMinted(token)) return refuseMinted(tokens, token);
    throw invalidToken('The bearer token is not valid.');
  };
}

async function refuseMinted(tokens: Tokens, token: string): Promise<never> {
  const bearer = await tokens.bearer(token);
  if (bearer === 'ENDED') throw invalidToken('The time of the bearer token is over.');
  if (bearer === 'INVALID') throw invalidToken('The bearer token is not valid.');
  throw new ProblemError({ code: 'FORBIDDEN', detail: 'This token may only read the live stream.' });
}

/** What follows the scheme, whose case does not matter (RFC 9110). */
function bearerToken(header: string): string {
  return header.startsWith('Bearer ') || /^bearer /i.test(header) ? header.slice(7) : '';
}

function invalidToken(detail: string): ProblemError {
  return unauthenticated(detail, 'Bearer error="invalid_token"');
}

function unauthenticated(detail: string, challenge: string): ProblemError {
  return new ProblemError({ code: 'UNAUTHENTICATED', detail }, { 'www-authenticate': challenge });
}
