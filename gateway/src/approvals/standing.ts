import { developmentBearer } from '../auth/tokens.js';
import type { Bearer } from '../http/bearer.js';

/**
 * How four eyes concern who asks. A PERSON needs another one's approval. A PROGRAM (a service) moves money as its business. A token with
 * an operator's power and nobody behind it could approve nothing and be asked about nothing: NOBODY, a person has to sign in. The
 * DEVELOPMENT token does as it likes, which is written down.
 */
export type Standing = 'PERSON' | 'PROGRAM' | 'NOBODY' | 'DEVELOPMENT';

export function standingOf(bearer: Bearer): Standing {
  if (bearer.userId !== undefined) return 'PERSON';
  if (bearer === developmentBearer) return 'DEVELOPMENT';
  return bearer.roles.some((role) => role === 'operator' || role === 'admin') ? 'NOBODY' : 'PROGRAM';
}

/** For what a program does thousands of times a second. */
export function movesMoneyFreely(bearer: Bearer): boolean {
  if (bearer.userId !== undefined) return false;
  return bearer === developmentBearer || (bearer.roles.length === 1 && bearer.roles[0] === 'service');
}
