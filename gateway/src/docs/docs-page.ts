import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { fileHeaders, pageHeaders } from '../http/page-headers.js';

export const docsPath = '/api/docs';

/** Of Swagger UI, and no other file: what else stands in its folder are pages of their own. */
const files = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];
const swaggerDir = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));

/**
 * The API's description as a page. The page of @nestjs/swagger holds styles in its text, and a script with the whole
 * description: this one holds neither, so that its policy allows none.
 */
export function serveDocsPage(http: FastifyInstance): void {
  const config = { access: 'public' } as const;
  const headers = {
    ...pageHeaders({
      ...{ 'script-src': "'self'", 'style-src': "'self'", 'img-src': "'self' data:", 'font-src': "'self' data:" },
      'connect-src': "'self'",
    }),
    'cache-control': 'no-cache',
  };
  http.get(docsPath, { config }, (_request, reply) =>
    reply.headers(headers).type('text/html; charset=utf-8').send(page),
  );
  http.get(`${docsPath}/`, { config }, (_request, reply) => reply.redirect(docsPath, 302));
  http.get(`${docsPath}/start.js`, { config }, (_request, reply) =>
    reply
      .headers({ ...fileHeaders, 'cache-control': 'no-cache' })
      .type('text/javascript; charset=utf-8')
      .send(script),
  );
  void http.register(fastifyStatic, {
    root: swaggerDir,
    prefix: `${docsPath}/`,
    decorateReply: false,
    allowedPath: (path) => files.includes(path.replace(/^\//, '')),
    index: false,
    setHeaders: (reply) => {
      for (const [name, value] of Object.entries(fileHeaders)) reply.header(name, value);
    },
  });
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Smart Wallet: the API</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const script = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#swagger-ui', deepLinking: true });
`;
