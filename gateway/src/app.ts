import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type GatewayParts, gatewayModule } from './app.module.js';
import { bearerTokenAuth } from './auth/bearer-token.js';
import { serveOpenApi } from './docs/openapi.js';
import { serveProblemPages } from './docs/problem-pages.js';
import { type RouteAccess, watchAccess } from './http/access.js';
import { answerHeaders } from './http/answer-headers.js';
import { BodyBudget } from './http/body-budget.js';
import { registerBodyParser } from './http/body-parser.js';
import { boundUnanswered, type ConnectionLimits, limitConnections, type Timeouts } from './http/connection-limits.js';
import { registerCors } from './http/cors.js';
import { announceDeprecations } from './http/deprecation.js';
import { GatewayAdapter } from './http/gateway-adapter.js';
import { Origins } from './http/origins.js';
import { ProblemFilter, ProblemWriter } from './http/problem-writer.js';
import { watchRateLimits } from './http/rate-limit-group.js';
import { RouteTable } from './http/route-table.js';
import { nestLogger } from './nest-logger.js';
import { WebPages } from './pages/web-pages.js';
import { Passwords } from './passwords/passwords.js';
import { registerRequestHooks } from './request-hooks.js';
import { isUnavailable } from './storage/unavailable.js';

/** How it is reached, and by whose pages. Without a public address: where it listens. */
interface AppOptions {
  readonly webDir: string;
  readonly publicUrl?: string | null;
  readonly corsOrigins?: readonly string[];
  readonly timeouts?: Timeouts;
  readonly connections?: ConnectionLimits;
}

/** The HTTP application, ready to listen. */
export async function createApp(
  parts: GatewayParts,
  options: AppOptions,
  log: Logger,
): Promise<{ app: NestFastifyApplication; routes: () => RouteAccess[] }> {
  const { webDir, publicUrl = null, corsOrigins, connections } = options;
  const routes = new RouteTable();
  const problems = new ProblemWriter(routes, isUnavailable, log);
  const adapter = new GatewayAdapter(problems, { trustedProxies: parts.trustedProxies, timeouts: options.timeouts });
  const http = adapter.getInstance<FastifyInstance>();
  const pages = new WebPages(webDir, log);
  routes.watch(http);
  const accessOfRoutes = watchAccess(http);
  watchRateLimits(http);
  const bodies = new BodyBudget(parts.bodyBytesMax);
  const { passwords = new Passwords() } = parts;
  registerBodyParser(http);
  announceDeprecations(http);
  registerCors(http, new Origins(corsOrigins, publicUrl));
  registerRequestHooks(http, {
    answerHeaders: answerHeaders(publicUrl),
    authenticate: bearerTokenAuth(parts.tokens, parts.badTokens),
    rateLimits: parts.rateLimits,
    bodies,
    // Where addresses are not counted, none is known either, which would be let past those that wait.
    signInRefusal: () => (parts.signInLimits.isOff ? passwords.refusalIfFull() : null),
    metrics: parts.metrics,
    traces: parts.traces ?? null,
    isStopping: () => parts.readiness.stopping,
    answerNoRoute: (request, reply) => problems.writeNoRoute(request, reply),
    log,
  });
  pages.serve(http);
  serveProblemPages(http);
  const app = await NestFactory.create<NestFastifyApplication>(gatewayModule(parts, passwords, log), adapter, {
    bodyParser: false,
    logger: nestLogger(log),
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(problems));
  serveOpenApi(app);
  await app.init();
  await http.ready();
  boundUnanswered(http.server);
  if (connections) limitConnections(http.server, connections, log);
  return { app, routes: accessOfRoutes };
}
