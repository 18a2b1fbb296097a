import type { FastifyInstance } from 'fastify';
import { inlineSource, pageHeaders } from '../http/page-headers.js';
import { ProblemError } from '../http/problem.js';
import { type ProblemCode, problemKind, problemKinds } from '../http/problem-catalogue.js';
import { problemPath, problemsPath } from '../http/problem-path.js';

/** Where the `type` of a problem leads: a page a code, for people. Made from the catalogue. */
export function serveProblemPages(http: FastifyInstance): void {
  const codes = Object.keys(problemKinds) as ProblemCode[];
  const pages = new Map(codes.map((code) => [problemPath(code), problemPage(code)]));
  pages.set(problemsPath, listPage(codes));
  const serve = (path: string) =>
    http.get(path, { config: { access: 'public' } }, (request, reply) => {
      const page = pages.get(request.url.split('?', 1)[0] as string);
      if (page === undefined) throw new ProblemError({ code: 'ROUTE_NOT_FOUND', detail: 'No problem has this name.' });
      return reply.headers(headers).send(page);
    });
  serve(problemsPath);
  serve(`${problemsPath}/:name`);
}

const style = `
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem }
td { padding-right: 1rem; vertical-align: top }
`;

const headers = {
  ...pageHeaders({ 'style-src': inlineSource(style) }),
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'max-age=3600',
};

function problemPage(code: ProblemCode): string {
  const { status, title, meaning, remedy, retryAfterSeconds } = problemKind(code);
  const said = typeof retryAfterSeconds === 'number' ? `Retry-After: ${retryAfterSeconds}` : 'Retry-After';
  const later = retryAfterSeconds === undefined ? '' : `, with <code>${said}</code>`;
  return page(
    code,
    `<h1>${escaped(title)}</h1>
<p><code>${code}</code>, HTTP status ${status}${later}</p>
<h2>What it means</h2>
<p>${escaped(meaning)}</p>
<h2>What to do</h2>
<p>${escaped(remedy)}</p>
<p><a href="${problemsPath}">All problems</a> · <a href="/api/docs">The API</a></p>`,
  );
}

function listPage(codes: ProblemCode[]): string {
  const rows = codes.map((code) => {
    const { status, title } = problemKind(code);
    return `<tr><td><a href="${problemPath(code)}"><code>${code}</code></a></td><td>${status}</td><td>${escaped(title)}</td></tr>`;
  });
  return page(
    'Problems',
    `<h1>Problems</h1>
<p>What an answer of the API that is no success can say, by its <code>code</code>.</p>
<table>
${rows.join('\n')}
</table>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)} · Smart Wallet</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
