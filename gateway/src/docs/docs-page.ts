import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { fileHeaders, pageHeaders } from '../http/page-headers.js';

export const docsPath = '/api/docs';

/** Of Swagger UI, and no other file: what else stands in its folder are pages of their own. */
const files = [
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
] as const;
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
  for (const near of ['/api', '/api/', `${docsPath}/`]) {
    http.get(near, { config }, (_request, reply) => reply.redirect(docsPath, 302));
  }
  http.get(`${docsPath}/start.js`, { config }, (_request, reply) =>
    reply
      .headers({ ...fileHeaders, 'cache-control': 'no-cache' })
      .type('text/javascript; charset=utf-8')
      .send(script),
  );
  for (const [name, type] of files) serveFile(http, name, type);
}

/**
 * From memory, packed once: many who take a large file slowly, or not at all, share it, and hold no file open and no thread of
 * the disk.
 */
function serveFile(http: FastifyInstance, name: string, type: string): void {
  let plain: Buffer | undefined;
  let packed: Promise<Buffer> | undefined;
  const headers = { ...fileHeaders, 'cache-control': 'max-age=3600', vary: 'Accept-Encoding' };
  http.get(`${docsPath}/${name}`, { config: { access: 'public' } }, async (request, reply) => {
    plain ??= readFileSync(join(swaggerDir, name));
    reply.headers(headers).type(type);
    if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(plain);
    packed ??= promisify(gzip)(plain);
    return reply.header('content-encoding', 'gzip').send(await packed);
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
