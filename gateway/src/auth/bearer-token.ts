import type { FastifyRequest } from 'fastify';
import type { Bearer } from '../http/bearer.js';
import { ProblemError } from '../http/problem.js';
import { developmentBearer, type Tokens } from './tokens.js';

/** Tells who sends a request, or throws. A promise only for a token that takes one to read. */
export type Authenticate = (request: FastifyRequest) => Bearer | Promise<Bearer>;

export function bearerTokenAuth(tokens: Tokens): Authenticate {
  return (request) => {
    const header = request.headers.authorization;
    if (header === undefined) throw unauthenticated('Send a bearer token in the Authorization header.', 'Bearer');
    const token = bearerToken(header);
    if (tokens.isDevelopment(token)) return developmentBearer;
    if (tokens.looksMinted(token)) return readMinted(tokens, token);
    throw invalidToken('The bearer token is not valid.');
  };
}

async function readMinted(tokens: Tokens, token: string): Promise<Bearer> {
  const bearer = await tokens.bearer(token);
  if (bearer === 'ENDED') throw invalidToken('The time of the bearer token is over.');
  if (typeof bearer === 'string') throw invalidToken('The bearer token is not valid.');
  return bearer;
}

const bearerScheme = /^bearer +/i;

/** What follows the scheme, whose case does not matter, and one space or more (RFC 9110). */
function bearerToken(header: string): string {
  const scheme = bearerScheme.exec(header);
  return scheme ? header.slice(scheme[0].length) : '';
}

function invalidToken(detail: string): ProblemError {
  return unauthenticated(detail, 'Bearer error="invalid_token"');
}

function unauthenticated(detail: string, challenge: string): ProblemError {
  return new ProblemError({ code: 'UNAUTHENTICATED', detail }, { 'www-authenticate': challenge });
}
