import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Authenticate } from './auth/bearer-token.js';
import { countAnswer } from './metrics/answer-counts.js';
import type { GatewayMetrics } from './metrics/gateway-metrics.js';
import './http/request-context.js';
import type { Role } from '@smart-wallet/engine/contract/role.js';
import { type Bearer, nobody } from './http/bearer.js';
import type { BodyBudget } from './http/body-budget.js';
import { emptyBody } from './http/body-parser.js';
import { ProblemError } from './http/problem.js';
import type { RatePoints } from './http/rate-limit-group.js';
import { requestFault } from './http/request-target.js';
import { traceIdFrom } from './http/trace-id.js';
import { addressKey } from './rate-limits/client-address.js';
import type { RateLimits, Refusal } from './rate-limits/rate-limits.js';
import { RefusedCrowds } from './refused-crowds.js';
import { requestEnds, type Traces } from './tracing/traces.js';

/** Of a body that nobody has to show a token for: a sign-in, whatever way its letters are written. */
export const publicBodyBytesMax = 8_192;

interface RequestHookNeeds {
  authenticate: Authenticate;
  /** Of every answer. */
  answerHeaders: Readonly<Record<string, string>>;
  rateLimits: RateLimits;
  bodies: BodyBudget;
  /** Would a sign-in be refused whatever it says? Then nothing of it is read. */
  signInRefusal: () => ProblemError | null;
  metrics: GatewayMetrics;
  /** null: nothing is traced. */
  traces: Traces | null;
  isStopping: () => boolean;
  answerNoRoute: (request: FastifyRequest, reply: FastifyReply) => void;
  log: Logger;
}

/**
 * What happens to every request before and after its route. Fastify hooks, since Nest's guards and interceptors cost a
 * promise each on the hot path. Call it before the routes are added.
 */
export function registerRequestHooks(app: FastifyInstance, needs: RequestHookNeeds): void {
  const { authenticate, answerHeaders, rateLimits, bodies, signInRefusal, metrics, traces, isStopping } = needs;
  const { answerNoRoute, log } = needs;
  const crowds = new RefusedCrowds();
  app.decorateRequest('bearer', null as never);
  app.decorateRequest('traceId', '');
  app.decorateRequest('span', null);
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
    if (fault !== null) return done(new ProblemError(fault));
    // At once: what the body is does not matter where nothing reads it.
    if (request.is404) return answerNoRoute(request, reply);
    const { access, rateLimit } = request.routeOptions.config;
    if (traces !== null) request.span = traces.requestBegins(request);
    if (access === 'public') {
      if (rateLimit === undefined) return done();
      return follow(rateLimits.count(rateLimit, addressKey(request), reply), done);
    }
    const admit = (bearer: Bearer) => {
      request.bearer = bearer;
      const enter = (refusal?: Error) =>
        done(refusal ?? (access && mayUse(bearer, access) ? undefined : forbidden(access ?? [])));
      if (rateLimit === undefined) enter();
      // Also what is then forbidden counts.
      else follow(rateLimits.count(rateLimit, bearer.subject, reply), enter);
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
    const isOfApi = route.url.startsWith('/api/');
    if (hasBody) {
      const isSignIn = route.config?.access === 'public' && route.config.rateLimit === 'sign-in';
      route.onRequest = (request, reply, done) => {
        const refusal = isSignIn ? signInRefusal() : null;
        done(refusal ?? (bodies.take(request, reply) ? undefined : noRoom()));
      };
      route.preParsing = (request, _reply, body, done) => {
        bodies.watch(request, body as Readable);
        done(null, body);
      };
      // Whoever has no token could hold the room of all callers with bodies that never end.
      if (route.config?.access === 'public') route.bodyLimit = publicBodyBytesMax;
      if (!route.config?.takesNoBody) route.preValidation = refuseNoBody;
      const { ratePoints } = route.config ?? {};
      if (ratePoints) route.preHandler = countBody(ratePoints, rateLimits);
    }
    route.onResponse = (request, reply, done) => {
      observe(reply.statusCode, reply.elapsedTime / 1_000);
      if (request.span !== null) requestEnds(request.span, reply.statusCode, request.transactionIds);
      if (isOfApi) {
        const isReplay = hasBody && reply.hasHeader('idempotency-replayed');
        countAnswer(metrics.answers, { status: reply.statusCode, isReplay, isOfCrowd: isOfCrowd(request) });
      }
      if (changesState || reply.statusCode >= 500)
        logRequest(log, crowds, { route: route.url, request, status: reply.statusCode, elapsedMs: reply.elapsedTime });
      done();
    };
  });
}

/** At once where nothing is waited for: a payment does not pay for a promise. */
function follow(refusal: Refusal | Promise<Refusal>, done: (error?: Error) => void): void {
  if (refusal instanceof Promise) refusal.then((later) => done(later ?? undefined), done);
  else done(refusal ?? undefined);
}

/** What many payments count for is known once they are read. */
function countBody({ field, of }: RatePoints, rateLimits: RateLimits) {
  return (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => {
    const { rateLimit } = request.routeOptions.config;
    if (rateLimit === undefined) return done();
    const more = { caller: request.bearer.subject, points: of(request.body), field };
    follow(rateLimits.countMore(rateLimit, more, reply), done);
  };
}

function noRoom(): ProblemError {
  const detail = 'This request did nothing: too much is waiting. Ask again later with the same Idempotency-Key.';
  return new ProblemError({ code: 'OVERLOADED', detail });
}

/** Without a content type no body parser ran. */
function refuseNoBody(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  if (request.body === undefined && request.routeOptions.config.bodyMayBeEmpty) request.body = {};
  done(request.body === undefined ? new ProblemError({ code: 'MALFORMED_JSON', detail: emptyBody }) : undefined);
}

function mayUse(bearer: Bearer, roles: readonly Role[]): boolean {
  return bearer.roles.some((role) => roles.includes(role));
}

function forbidden(roles: readonly Role[]): ProblemError {
  const needed = roles.length === 1 ? `the role ${roles[0]}` : `one of the roles ${roles.join(', ')}`;
  return new ProblemError(
    { code: 'FORBIDDEN', detail: `This takes a token with ${needed}.` },
    { 'www-authenticate': `Bearer error="insufficient_scope", scope="${roles.join(' ')}"` },
  );
}

interface Answered {
  route: string;
  request: FastifyRequest;
  status: number;
  elapsedMs: number;
}

/** Refused for being too many. What a full platform refuses of those who show a token is told each time. */
function isOfCrowd({ problem, routeOptions }: FastifyRequest): boolean {
  return (
    problem?.code === 'RATE_LIMITED' || (problem?.code === 'OVERLOADED' && routeOptions.config.access === 'public')
  );
}

/**
 * One line a request that changes something: the only trace of who asked for which transaction from where. A refusal is
 * daily business; only what should not happen stands out.
 */
function logRequest(log: Logger, crowds: RefusedCrowds, { route, request, status, elapsedMs }: Answered): void {
  const { problem, transactionIds } = request;
  const times = isOfCrowd(request) ? crowds.due(route, problem?.code ?? '', request.bearer.subject) : 1;
  if (times === 0) return;
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
      // For so many that were refused alike since the last line of them.
      times: times > 1 ? times : undefined,
    },
    status >= 500 ? 'failed' : problem ? 'refused' : 'done',
  );
}
