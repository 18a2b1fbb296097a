import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type GatewayParts, gatewayModule } from './app.module.js';
import { bearerTokenAuth } from './auth/bearer-token.js';
import { serveOpenApi } from './docs/openapi.js';
import { serveProblemPages } from './docs/problem-pages.js';
import { type RouteAccess, watchAccess } from './http/access.js';
import { BodyBudget } from './http/body-budget.js';
import { registerBodyParser } from './http/body-parser.js';
import { GatewayAdapter } from './http/gateway-adapter.js';
import { ProblemFilter, ProblemWriter } from './http/problem-writer.js';
import { watchRateLimits } from './http/rate-limit-group.js';
import { RouteTable } from './http/route-table.js';
import { nestLogger } from './nest-logger.js';
import { WebPages } from './pages/web-pages.js';
import { registerRequestHooks } from './request-hooks.js';
import { isUnavailable } from './storage/unavailable.js';

/** The HTTP application, ready to listen. */
export async function createApp(
  parts: GatewayParts,
  webDir: string,
  log: Logger,
): Promise<{ app: NestFastifyApplication; routes: () => RouteAccess[] }> {
  const routes = new RouteTable();

  const problems = new ProblemWriter(routes, isUnavailable, log);
  const adapter = new GatewayAdapter(problems);
  const http = adapter.getInstance<FastifyInstance>();
  const pages = new WebPages(webDir, log);
  routes.watch(http);
  const accessOfRoutes = watchAccess(http);
  watchRateLimits(http);
  const bodies = new BodyBudget(parts.bodyBytesMax);
  registerBodyParser(http);
  registerRequestHooks(http, {
    authenticate: bearerTokenAuth(parts.tokens),
    bodies,
    metrics: parts.metrics,
    isStopping: () => parts.readiness.stopping,
    answerNoRoute: (request, reply) => problems.writeNoRoute(request, reply),
    log,
  });
  pages.serve(http);
  serveProblemPages(http);
  const app = await NestFactory.create<NestFastifyApplication>(gatewayModule(parts), adapter, {
    bodyParser: false,
    logger: nestLogger(log),
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(problems));
  serveOpenApi(app);
  await app.init();
  await http.ready();
  return { app, routes: accessOfRoutes };
}
