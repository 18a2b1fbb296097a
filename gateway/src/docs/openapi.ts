import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { openRoutes } from '../http/access.js';
import { answerComponents } from '../http/json-schema.js';
import { rateLimitHeaders } from '../http/rate-limit-answer.js';
import { serveAccessPage } from './access-page.js';
import { docsPath, serveDocsPage } from './docs-page.js';
import { addExamples } from './examples/with-examples.js';
import { introduction } from './introduction.js';
import { sayOnce } from './said-once.js';
import { tags } from './tags.js';

/** The API's description: at /api/docs a page, at /api/openapi.json (and /api/docs-json, as it was called first) the document. */
export function serveOpenApi(app: NestFastifyApplication): void {
  const http = app.getHttpAdapter().getInstance() as FastifyInstance;
  openRoutes(http, (url) => url.startsWith(docsPath));
  serveAccessPage(http, () => openApi(app));
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
    });
  for (const [name, about] of tags) description.addTag(name, about);
  const document = SwaggerModule.createDocument(app, description.build());
  document.components = { ...document.components, schemas: answerComponents(), headers: rateLimitHeaders };
  addExamples(document);
  sayOnce(document);
  return document;
}
