import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Authenticate } from './auth/bearer-token.js';
import type { GatewayMetrics } from './metrics/gateway-metrics.js';
import './http/request-context.js';
import type { Role } from '@smart-wallet/engine/contract/role.js';
import { type Bearer, nobody } from './http/bearer.js';
import type { BodyBudget } from './http/body-budget.js';
import { emptyBody } from './http/body-parser.js';
import { ProblemError } from './http/problem.js';
import { requestFault } from './http/request-target.js';
import { traceIdFrom } from './http/trace-id.js';

interface RequestHookNeeds {
  authenticate: Authenticate;
  /** Of every answer. */
  answerHeaders: Readonly<Record<string, string>>;
  bodies: BodyBudget;
  metrics: GatewayMetrics;
  isStopping: () => boolean;
  answerNoRoute: (request: FastifyRequest, reply: FastifyReply) => void;
  log: Logger;
}

/**
 * What happens to every request before and after its route. Fastify hooks, since Nest's guards and interceptors cost a
 * promise each on the hot path. Call it before the routes are added.
 */
export function registerRequestHooks(app: FastifyInstance, needs: RequestHookNeeds): void {
  const { authenticate, answerHeaders, bodies, metrics, isStopping, answerNoRoute, log } = needs;
  app.decorateRequest('bearer', null as never);
  app.decorateRequest('traceId', '');
  app.decorateRequest('bodyBytes', 0);
  app.decorateRequest('bodyHasEscapes', false);
  app.decorateRequest('problem', null);
  app.decorateRequest('transactionIds', null);

  app.addHook('onRequest', (request, reply, done) => {
    request.traceId = traceIdFrom(request.headers.traceparent);
    request.bearer = nobody;
    reply.header('trace-id', request.traceId).headers(answerHeaders);
    // The caller comes back on a new connection, to another gateway.
    if (isStopping()) reply.header('connection', 'close');
    const fault = requestFault(request.raw);
    if (fault !== null) return done(new ProblemError({ code: 'MALFORMED_REQUEST', detail: fault }));
    // At once: what the body is does not matter where nothing reads it.
    if (request.is404) return answerNoRoute(request, reply);
    const { access } = request.routeOptions.config;
    if (access === 'public') return done();
    const admit = (bearer: Bearer) => {
      request.bearer = bearer;
      done(access && mayUse(bearer, access) ? undefined : forbidden(access ?? []));
    };
    try {
      const bearer = authenticate(request);
      if (bearer instanceof Promise) bearer.then(admit, done);
      else admit(bearer);
    } catch (error) {
      done(error as Error);
    }
  });

  app.addHook('onRoute', (route) => {
    const method = String(route.method);
    const observe = metrics.route(method, route.url);
    const hasBody = method === 'POST' || method === 'PATCH' || method === 'PUT';
    const changesState = hasBody || method === 'DELETE';
    if (hasBody) {
      route.onRequest = (request, reply, done) => done(bodies.take(request, reply) ? undefined : noRoom());
      route.preParsing = (request, _reply, body, done) => {
        bodies.watch(request, body as Readable);
        done(null, body);
      };
      route.preValidation = refuseNoBody;
    }
    route.onResponse = (request, reply, done) => {
      observe(reply.statusCode, reply.elapsedTime / 1_000);
      if (changesState || reply.statusCode >= 500)
        logRequest(log, route.url, request, reply.statusCode, reply.elapsedTime);
      done();
    };
  });
}

function noRoom(): ProblemError {
  const detail = 'This request did nothing: too much is waiting. Ask again later with the same Idempotency-Key.';
  return new ProblemError({ code: 'OVERLOADED', detail });
}

/** Without a content type no body parser ran. */
function refuseNoBody(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  done(request.body === undefined ? new ProblemError({ code: 'MALFORMED_JSON', detail: emptyBody }) : undefined);
}

function mayUse(bearer: Bearer, roles: readonly Role[]): boolean {
  return bearer.roles.some((role) => roles.includes(role));
}

function forbidden(roles: readonly Role[]): ProblemError {
  return new ProblemError(
    { code: 'FORBIDDEN', detail: `This takes a token with one of the roles ${roles.join(', ')}.` },
    { 'www-authenticate': `Bearer error="insufficient_scope", scope="${roles.join(' ')}"` },
  );
}

/**
 * One line a request that changes something: the only trace of who asked for which transaction from where. A refusal is
 * daily business; only what should not happen stands out.
 */
function logRequest(log: Logger, route: string, request: FastifyRequest, status: number, elapsedMs: number): void {
  const { problem, transactionIds } = request;
  const level = status < 500 ? 'info' : status === 500 ? 'error' : 'warn';
  log[level](
    {
      method: request.method,
      route,
      status,
      ms: Math.round(elapsedMs * 10) / 10,
      traceId: request.traceId,
      caller: request.bearer.subject,
      transactionId: transactionIds?.length === 1 ? transactionIds[0] : undefined,
      transactionIds: transactionIds && transactionIds.length > 1 ? transactionIds : undefined,
      code: problem?.code,
    },
    status >= 500 ? 'failed' : problem ? 'refused' : 'done',
  );
}
