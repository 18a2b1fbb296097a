import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Authenticate } from './auth/bearer-token.js';
import type { GatewayMetrics } from './metrics/gateway-metrics.js';
import type { WebPages } from './pages/web-pages.js';
import './http/request-context.js';
import { ProblemError } from './http/problem.js';
import { traceIdFrom } from './http/trace-id.js';

interface RequestHookNeeds {
  authenticate: Authenticate;
  pages: WebPages;
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
  const { authenticate, pages, metrics, isStopping, answerNoRoute, log } = needs;
  app.decorateRequest('caller', '');
  app.decorateRequest('traceId', '');
  app.decorateRequest('bodyHasEscapes', false);
  app.decorateRequest('problem', null);
  app.decorateRequest('transactionIds', null);

  app.addHook('onRequest', (request, reply, done) => {
    request.traceId = traceIdFrom(request.headers.traceparent);
    reply.header('trace-id', request.traceId);
    // The caller comes back on a new connection, to another gateway.
    if (isStopping()) reply.header('connection', 'close');
    // At once: what the body is does not matter where nothing reads it.
    if (request.is404) return answerNoRoute(request, reply);
    if (isOpen(request, pages)) return done();
    try {
      const caller = authenticate(request);
      if (typeof caller === 'string') {
        request.caller = caller;
        done();
      } else {
        caller.catch(done);
      }
    } catch (error) {
      done(error as Error);
    }
  });

  app.addHook('onRoute', (route) => {
    const method = String(route.method);
    const observe = metrics.route(method, route.url);
    const changesState = method === 'POST' || method === 'PATCH';
    if (changesState) route.preValidation = refuseNoBody;
    route.onResponse = (request, reply, done) => {
      observe(reply.statusCode, reply.elapsedTime / 1_000);
      if (changesState || reply.statusCode >= 500)
        logRequest(log, route.url, request, reply.statusCode, reply.elapsedTime);
      done();
    };
  });
}

/** Without a content type no body parser ran. */
function refuseNoBody(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  done(
    request.body === undefined ? new ProblemError({ code: 'MALFORMED_JSON', detail: 'The body is empty.' }) : undefined,
  );
}

/** Everything else needs a token, also what the router finds under an escaped spelling. */
function isOpen(request: FastifyRequest, pages: WebPages): boolean {
  const url = request.raw.url as string;
  if (url.startsWith('/api/')) return url.startsWith('/api/docs');
  return url.startsWith('/health/') || url.startsWith('/metrics') || pages.isOpen(url);
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
      caller: request.caller,
      transactionId: transactionIds?.length === 1 ? transactionIds[0] : undefined,
      transactionIds: transactionIds && transactionIds.length > 1 ? transactionIds : undefined,
      code: problem?.code,
    },
    status >= 500 ? 'failed' : problem ? 'refused' : 'done',
  );
}
