import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../http/problem.js';
import { type ProblemCode, problemKind, problemKinds } from '../http/problem-catalogue.js';
import { problemPath, problemsPath } from '../http/problem-path.js';
import { problemOutcome } from './problem-outcome.js';
import { escaped, textPage, textPageHeaders } from './text-page.js';

/** Where the `type` of a problem leads: a page a code, for people. Made from the catalogue. */
export function serveProblemPages(http: FastifyInstance): void {
  const codes = Object.keys(problemKinds) as ProblemCode[];
  const pages = new Map(codes.map((code) => [problemPath(code), problemPage(code)]));
  pages.set(problemsPath, listPage(codes));
  const serve = (path: string) =>
    http.get(path, { config: { access: 'public' } }, (request, reply) => {
      const page = pages.get(request.url.split('?', 1)[0] as string);
      if (page === undefined) throw new ProblemError({ code: 'ROUTE_NOT_FOUND', detail: 'No problem has this name.' });
      return reply.headers(textPageHeaders).send(page);
    });
  serve(problemsPath);
  serve(`${problemsPath}/:name`);
}

function problemPage(code: ProblemCode): string {
  const { status, title, meaning, remedy, retryAfterSeconds } = problemKind(code);
  const { wasDone, askAgain } = problemOutcome(code);
  const said = typeof retryAfterSeconds === 'number' ? `Retry-After: ${retryAfterSeconds}` : 'Retry-After';
  const later = retryAfterSeconds === undefined ? '' : `, with <code>${said}</code>`;
  return textPage(
    code,
    `<h1>${escaped(title)}</h1>
<p><code>${code}</code>, HTTP status ${status}${later}</p>
<h2>What it means</h2>
<p>${escaped(meaning)}</p>
<h2>What to do</h2>
<p>${escaped(remedy)}</p>
<table>
<tr><td>Was it done?</td><td>${escaped(wasDone)}</td></tr>
<tr><td>Ask again?</td><td>${escaped(askAgain)}</td></tr>
</table>
<p><a href="${problemsPath}">All problems</a> · <a href="/api/docs">The API</a></p>`,
  );
}

function listPage(codes: ProblemCode[]): string {
  const rows = codes.map((code) => {
    const { status, title } = problemKind(code);
    return `<tr><td><a href="${problemPath(code)}"><code>${code}</code></a></td><td>${status}</td><td>${escaped(title)}</td></tr>`;
  });
  return textPage(
    'Problems',
    `<h1>Problems</h1>
<p>What an answer of the API that is no success can say, by its <code>code</code>.</p>
<table>
${rows.join('\n')}
</table>`,
  );
}
