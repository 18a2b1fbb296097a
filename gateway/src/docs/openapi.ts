import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { openRoutes } from '../http/access.js';
import { answerComponents } from '../http/json-schema.js';
import { problemTable } from '../http/problem-schema.js';
import { rateLimitHeaders } from '../http/rate-limit-answer.js';
import { docsPath, serveDocsPage } from './docs-page.js';

/** The API's description: at /api/docs a page, at /api/openapi.json (and /api/docs-json, as it was called first) the document. */
export function serveOpenApi(app: NestFastifyApplication): void {
  const http = app.getHttpAdapter().getInstance() as FastifyInstance;
  openRoutes(http, (url) => url.startsWith(docsPath));
  serveDocsPage(http);
  // Written down once: nobody needs a token to ask for it.
  let text: string | undefined;
  for (const [path, type] of documents) {
    http.get(path, { config: { access: 'public' } }, (_request, reply) => {
      text ??= JSON.stringify(openApi(app));
      return reply.header('cache-control', 'no-cache').type(type).send(text);
    });
  }
}

/** The first; and what it was called before. All JSON is YAML. */
const documents = [
  ['/api/openapi.json', 'application/json; charset=utf-8'],
  [`${docsPath}-json`, 'application/json; charset=utf-8'],
  [`${docsPath}-yaml`, 'text/yaml; charset=utf-8'],
] as const;

function openApi(app: NestFastifyApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('Smart Wallet')
    .setDescription(introduction())
    .setVersion('1')
    .setOpenAPIVersion('3.1.1')
    .addSecurity('bearer', {
      type: 'http',
      scheme: 'bearer',
      description: 'The token of the caller, as it was given. Each call lists the roles of which the token needs one.',
    })
    .build();
  const document = SwaggerModule.createDocument(app, description);
  document.components = { ...document.components, schemas: answerComponents(), headers: rateLimitHeaders };
  return document;
}

function introduction(): string {
  return [
    'Moves money between wallets. Amounts are decimal strings; times are ISO 8601 in UTC; unknown fields are refused. Answers may get more fields, ' +
      'and more kinds, statuses and codes: bear those that you do not know.',
    'Whatever moves money takes an idempotency key. The same key and body again give the first answer again, also when ' +
      'it is a refusal, with the header `Idempotency-Replayed: true`; another body is refused. 503 means that this ' +
      'request did nothing, 504 that nobody knows: after either, ask again with the same key.',
    'Errors are `application/problem+json` with a stable `code`, a `type` that is the address of a page about it, and a `traceId` that is also in the header `Trace-Id` ' +
      'and in the logs. These are all of them. The ones about the HTTP request itself (404 to 431) can come from any ' +
      'address; 405 names the methods in `Allow`.',
    'How often a caller may call is limited, for payments, reads and acts apart. Answers say by how much and what is left in ' +
      '`RateLimit-Policy` and `RateLimit`; above it they are 429 with `Retry-After`. Such a request did nothing: ask again later with the same key.',
    problemTable(),
  ].join('\n\n');
}
