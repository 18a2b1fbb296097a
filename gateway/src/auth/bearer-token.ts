import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Bearer } from '../http/bearer.js';
import { ProblemError } from '../http/problem.js';
import type { BadTokens } from '../rate-limits/bad-tokens.js';
import type { Tokens } from './tokens.js';

/** Tells who sends a request, or throws. A promise only for a token that is read for the first time. */
export type Authenticate = (request: FastifyRequest) => Bearer | Promise<Bearer>;

/**
 * What a connection showed last, as far as it was good. The next request mostly shows it again: then it is the very text that was read
 * before, whose place among the tokens is known. Whether it is still good is asked each time.
 */
interface Shown {
  readonly header: string;
  readonly token: string;
}

/** For a route that anybody may ask and that looks at a token all the same. */
export class BearerReader {
  constructor(readonly read: Authenticate) {}
}

export function bearerTokenAuth(tokens: Tokens, badTokens: BadTokens): Authenticate {
  const lately = new WeakMap<Socket, Shown>();
  return (request) => {
    const header = request.headers.authorization;
    if (header === undefined) throw unauthenticated('Send a bearer token in the Authorization header.', 'Bearer');
    const { socket } = request.raw;
    const shown = lately.get(socket);
    const isSame = shown?.header === header;
    const token = isSame ? shown.token : bearerToken(header);
    const known = tokens.known(token);
    if (known) {
      if (!isSame) lately.set(socket, { header, token });
      return known;
    }
    const refusal = badTokens.enter(request);
    if (refusal) throw refusal;
    return readAnew(tokens, token, () => badTokens.good(request));
  };
}

async function readAnew(tokens: Tokens, token: string, isNotToBlame: () => void): Promise<Bearer> {
  const bearer = await tokens.bearer(token);
  if (typeof bearer !== 'string' || bearer === 'NO_KEYS' || bearer === 'NO_REVOCATIONS') isNotToBlame();
  if (typeof bearer !== 'string') return bearer;
  if (bearer === 'ENDED') throw invalidToken('The time of the bearer token is over.');
  if (bearer === 'REVOKED') throw invalidToken('The bearer token was withdrawn.');
  if (bearer === 'SCOPED_PERSON')
    throw invalidToken('The bearer token names a scope and a person: a scope binds services alone.');
  if (bearer === 'NO_REVOCATIONS') {
    const detail = 'This request did nothing: the database does not say whether the token was withdrawn.';
    throw new ProblemError({ code: 'STORAGE_UNAVAILABLE', detail });
  }
  if (bearer !== 'NO_KEYS') throw invalidToken('The bearer token is not valid.');
  throw new ProblemError({
    code: 'IDENTITY_UNAVAILABLE',
    detail: 'This request did nothing: the identity provider does not answer, so that no token of it can be read.',
  });
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
