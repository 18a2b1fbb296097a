import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { problemAnswer, sendAnswer } from './answer.js';
import { answerHeaders } from './answer-headers.js';
import { ProblemError } from './problem.js';
import type { ProblemCode } from './problem-catalogue.js';
import type { RouteTable } from './route-table.js';
import { traceIdFrom } from './trace-id.js';

/** Also where no hook ran: the router refuses a bad address by itself. */
const unseen = answerHeaders(null);

/** Every error of every layer ends here: as a problem of the catalogue, with nothing of its inside. */
export class ProblemWriter {
  readonly #routes: RouteTable;
  readonly #isUnavailable: (error: unknown) => boolean;
  readonly #log: Logger;

  /** `isUnavailable` tells an error of a database that is away. */
  constructor(routes: RouteTable, isUnavailable: (error: unknown) => boolean, log: Logger) {
    this.#routes = routes;
    this.#isUnavailable = isUnavailable;
    this.#log = log;
  }

  write(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    this.#send(this.#known(error, request) ?? this.#fault(error, request), request, reply);
  }

  writeNoRoute(request: FastifyRequest, reply: FastifyReply): void {
    const allowed = this.#routes.allowed(request.url);
    // A route for a whole folder has every address below it, but not a file at each.
    if (allowed.length === 0 || allowed.includes(request.method)) {
      return this.#send(
        new ProblemError({ code: 'ROUTE_NOT_FOUND', detail: 'No route has this address.' }),
        request,
        reply,
      );
    }
    const detail = `${request.method} is not allowed here; allowed: ${allowed.join(', ')}.`;
    this.#send(new ProblemError({ code: 'METHOD_NOT_ALLOWED', detail }, { allow: allowed.join(', ') }), request, reply);
  }

  #send(error: ProblemError, request: FastifyRequest, reply: FastifyReply): void {
    // The router refuses a bad address, and finds nothing at `*`, before any hook ran.
    request.traceId ||= traceIdFrom(request.headers.traceparent);
    sendAnswer(reply, {
      ...problemAnswer(error.problem, request.traceId),
      headers: { ...error.headers, ...unseen, 'trace-id': request.traceId },
    });
  }

  #known(error: unknown, request: FastifyRequest): ProblemError | undefined {
    if (error instanceof ProblemError) return error;
    // First: a caller who hangs up in the middle of a body is no database that does not answer.
    const framework = frameworkProblem(error, request);
    if (framework || !this.#isUnavailable(error)) return framework;
    this.#log.warn(
      { err: error, traceId: request.traceId },
      'Postgres did not answer: look whether it runs and has connections left',
    );
    return new ProblemError({
      code: 'STORAGE_UNAVAILABLE',
      detail: 'The database does not answer at the moment. Ask again later.',
    });
  }

  #fault(error: unknown, request: FastifyRequest): ProblemError {
    this.#log.error(
      { err: error, traceId: request.traceId, method: request.method, url: request.url },
      'a request failed unexpectedly',
    );
    return new ProblemError({ code: 'INTERNAL', detail: 'The fault was logged under this traceId.' });
  }
}

/** What controllers throw comes through Nest. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(readonly problems: ProblemWriter) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.problems.write(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

const frameworkCodes: Readonly<Record<string, [ProblemCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.'],
  FST_ERR_CTP_EMPTY_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['MALFORMED_REQUEST', 'The body is not as long as Content-Length says.'],
  FST_ERR_BAD_URL: ['MALFORMED_REQUEST', 'The address holds a bad percent escape.'],
  FST_ERR_MAX_PARAM_LENGTH: ['URI_TOO_LONG', 'A part of the address is too long.'],
};

/** Fastify's own errors, or undefined for a fault. */
function frameworkProblem(error: unknown, request: FastifyRequest): ProblemError | undefined {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const detail = `The body is larger than ${sizeText(request.routeOptions.bodyLimit)}.`;
    return new ProblemError({ code: 'PAYLOAD_TOO_LARGE', detail });
  }
  const known = typeof code === 'string' && Object.hasOwn(frameworkCodes, code) ? frameworkCodes[code] : undefined;
  if (known) return new ProblemError({ code: known[0], detail: known[1] });
  // A folder, or a spelling that may lead out of one: files are not told apart from what is not there.
  if (statusCode === 403) return new ProblemError({ code: 'ROUTE_NOT_FOUND', detail: 'No route has this address.' });
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
    ? new ProblemError({ code: 'MALFORMED_REQUEST', detail: 'The request cannot be read.' })
    : undefined;
}

function sizeText(bytes: number): string {
  return bytes % 1_048_576 === 0 ? `${bytes / 1_048_576} MiB` : `${bytes / 1_024} KiB`;
}
