import { type Role, roles } from '@smart-wallet/engine/contract/role.js';
import type { FastifyInstance } from 'fastify';
import { docsPath } from './docs-page.js';
import { escaped, textPage, textPageHeaders } from './text-page.js';

interface Described {
  paths: object;
}
type Operations = Record<string, { summary?: string; security?: { bearer?: readonly Role[] }[] }>;

export const accessPath = `${docsPath}/access`;

/** Who may call what, as a table. Made from the description, which the guard and this page have in common. */
export function serveAccessPage(http: FastifyInstance, described: () => Described): void {
  // Written down once: nobody needs a token to ask for it.
  let page: string | undefined;
  http.get(accessPath, { config: { access: 'public' } }, (_request, reply) => {
    page ??= accessPage(described());
    return reply.headers(textPageHeaders).send(page);
  });
}

function accessPage({ paths }: Described): string {
  const rows = Object.entries(paths as Record<string, Operations>).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary = '', security }]) => {
      const allowed = security?.[0]?.bearer;
      const cells = roles.map((role) => `<td>${!allowed || allowed.includes(role) ? 'yes' : ''}</td>`);
      const name = `<code>${method.toUpperCase()} ${path}</code><br>${escaped(summary)}`;
      return `<tr><td>${name}</td>${cells.join('')}<td>${allowed ? '' : 'yes'}</td></tr>`;
    }),
  );
  return textPage(
    'Who may',
    `<h1>Who may</h1>
<p>A token has one role or more, and opens what one of them opens. Without a token the last column counts.</p>
<table>
<tr><th></th>${roles.map((role) => `<th>${role}</th>`).join('')}<th>nobody</th></tr>
${rows.join('\n')}
</table>
<p><a href="${docsPath}">The API</a></p>`,
  );
}
