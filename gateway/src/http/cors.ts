import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Origins } from './origins.js';
import { ProblemError } from './problem.js';
import { varyBy } from './vary.js';

/*
 * Calls from pages of others. Where nobody is listed no browser shows an answer to such a page, nor sends what needs leave first.
 * The cookie of a session is the one thing that a browser adds by itself, so its routes ask who calls in any case.
 */

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const headersTaken = 'accept, authorization, content-type, idempotency-key, traceparent';
/** What a page may read beside a few that it always may. */
export const headersExposed = [
  ...[
    'Trace-Id',
    'Retry-After',
    'Idempotency-Key',
    'Idempotency-Replayed',
    'RateLimit',
    'RateLimit-Policy',
    'Location',
    'Allow',
  ],
  ...['Export-As-Of', 'Export-Total', 'WWW-Authenticate', 'Deprecation', 'Sunset', 'Link'],
].join(', ');
/** How long a browser remembers what it may; none remembers longer. */
const leaveSeconds = 7_200;

const apiPath = '/api/';
/** Where sessions are opened, renewed and ended: what the cookie is for. */
export const cookiePath = '/api/auth/sessions';

/** Call it before other hooks: errors of theirs are for the caller to read as well. */
export function registerCors(app: FastifyInstance, origins: Origins): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { origin, host } = request.headers;
    if (!origins.listsNobody && !letIn(origins, request, reply)) return;
    // A browser says whose page asks whenever it sends what may change anything. Other programs say nothing.
    const isStranger = origin !== undefined && bringsCookie(request) && !origins.admits(origin, host);
    done(isStranger ? notFromThere() : undefined);
  });
}

/** False: it was a question for leave, and is answered. */
function letIn(origins: Origins, request: FastifyRequest, reply: FastifyReply): boolean {
  if (!request.url.startsWith(apiPath)) return true;
  varyBy(reply, 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.lists(origin)) return true;
  reply.header('access-control-allow-origin', origin);
  if (isCookiePath(request.url)) reply.header('access-control-allow-credentials', 'true');
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
    reply.header('access-control-expose-headers', headersExposed);
    return true;
  }
  reply
    .code(204)
    .headers({
      'access-control-allow-methods': methods,
      'access-control-allow-headers': headersTaken,
      'access-control-max-age': leaveSeconds,
    })
    .send();
  return false;
}

/** By the route, not by the address: that can be spelled in more than one way. */
function bringsCookie({ method, routeOptions: { url } }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && url !== undefined && isCookiePath(url);
}

function notFromThere(): ProblemError {
  const detail = 'A page of another origin asks with the cookie of a session. Its origin is not one of CORS_ORIGINS.';
  return new ProblemError({ code: 'FORBIDDEN', detail }, { 'www-authenticate': 'Bearer error="insufficient_scope"' });
}

function isCookiePath(url: string): boolean {
  return url.startsWith(cookiePath) && /^(?:$|[/?])/.test(url.slice(cookiePath.length));
}
