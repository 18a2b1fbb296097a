import { type Role, roles } from '@smart-wallet/engine/contract/role.js';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { watchAccess } from '../http/access.js';
import type { Bearer } from '../http/bearer.js';
import { watchRateLimits } from '../http/rate-limit-group.js';
import { startTestApp, testToken } from '../testing/test-app.js';
import { Tokens } from './tokens.js';

/** Also reads `roles.<role>+<role>.x`, a token with just these. */
class RoleTokens extends Tokens {
  override bearer(token: string) {
    const named = /^roles\.(.*)\.x$/.exec(token)?.[1];
    if (named === undefined) return super.bearer(token);
    const held = named.split('+').filter((role) => role !== '') as Role[];
    return Promise.resolve({ subject: 'somebody', roles: held, scope: null, endsAtMs: Infinity } satisfies Bearer);
  }
}

/** Every set of roles that a token can have. */
const sets = Array.from({ length: 2 ** roles.length }, (_one, set) => roles.filter((_role, i) => set & (1 << i)));

let http: FastifyInstance;
let close: () => Promise<void>;
let url: string;
let api: { paths: Record<string, Record<string, { security?: { bearer: Role[] }[] }>> };

beforeAll(async () => {
  ({ http, close } = await startTestApp({
    tokens: new RoleTokens(testToken, null, { revocations: { stateOf: () => 'GOOD' } }),
  }));
  api = (await http.inject({ method: 'GET', url: '/api/docs-json' })).json();
  url = await http.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => close());

const [readers, movers] = ['service viewer operator admin', 'service operator admin'];
const expected: Record<string, string> = {
  'POST /api/wallets': movers,
  'GET /api/wallets': readers,
  'GET /api/wallets/{id}': readers,
  'GET /api/wallets/{id}/balance': readers,
  'GET /api/wallets/{id}/entries': readers,
  'GET /api/wallets/{id}/balances': 'viewer operator admin',
  'GET /api/wallets/{id}/statement': readers,
  'PATCH /api/wallets/{id}': 'operator admin',
  'PATCH /api/wallets/{id}/status': 'operator admin',
  'POST /api/wallets/{id}/deposits': movers,
  'POST /api/wallets/{id}/withdrawals': movers,
  'POST /api/payments': movers,
  'GET /api/payments': readers,
  'POST /api/payments/batch': movers,
  'GET /api/payments/{id}': readers,
  'GET /api/transactions': readers,
  'GET /api/transactions/totals': readers,
  'GET /api/transactions/export': readers,
  'GET /api/transactions/{id}': readers,
  'GET /api/transactions/{id}/timeline': readers,
  'GET /api/transactions/{id}/ledger': readers,
  'GET /api/transactions/{id}/proof': 'viewer operator admin',
  'POST /api/payments/{id}/refunds': movers,
  'POST /api/transactions/{id}/reversal': 'operator admin',
  'POST /api/holds': movers,
  'GET /api/holds': readers,
  'GET /api/holds/{id}': readers,
  'POST /api/holds/{id}/capture': movers,
  'POST /api/holds/{id}/void': movers,
  'GET /api/wallets/{id}/limits': readers,
  'PUT /api/wallets/{id}/limits': 'operator admin',
  'GET /api/failures/analysis': 'viewer operator admin',
  'GET /api/audit': 'viewer operator admin',
  'GET /api/audit/{id}': 'viewer operator admin',
  'GET /api/views': 'viewer operator admin',
  'PUT /api/views/{id}': 'viewer operator admin',
  'DELETE /api/views/{id}': 'viewer operator admin',
  'GET /api/system': 'viewer operator admin',
  'GET /api/system/takeovers': 'viewer operator admin',
  'POST /api/events/replay': 'operator admin',
  'GET /api/events/replays/{id}': 'viewer operator admin',
  'POST /api/auth/token': 'admin',
  'GET /api/auth/tokens': 'admin',
  'DELETE /api/auth/tokens/{id}': 'admin',
  'POST /api/auth/sessions': 'anybody',
  'POST /api/auth/sessions/refresh': 'anybody',
  'DELETE /api/auth/sessions': 'anybody',
  'GET /api/auth/sessions': 'viewer operator admin',
  'POST /api/auth/sessions/end-all': 'viewer operator admin',
  'POST /api/auth/password': 'viewer operator admin',
  'GET /api/users': 'admin',
  'POST /api/users': 'admin',
  'GET /api/users/{id}': 'admin',
  'PATCH /api/users/{id}': 'admin',
  'GET /api/approvals': 'viewer operator admin',
  'GET /api/approvals/{id}': 'viewer operator admin',
  'POST /api/approvals/{id}/approve': 'operator admin',
  'POST /api/approvals/{id}/reject': 'operator admin',
  'GET /api/digests': 'operator admin',
  'GET /api/digests/recipients': 'operator admin',
  'PUT /api/digests/recipients': 'admin',
  'POST /api/digests/send': 'operator admin',
  'GET /api/digests/{id}/mail': 'operator admin',
  'GET /api/ai/summaries': 'viewer operator admin',
  'POST /api/ai/summaries': 'operator admin',
  'GET /api/jobs': 'viewer operator admin',
  'POST /api/jobs/{name}/run': 'operator admin',
  'GET /api/jobs/{name}/runs': 'viewer operator admin',
  'GET /api/reconciliation/report': 'viewer operator admin',
  'GET /api/reconciliation/runs': 'viewer operator admin',
  'POST /api/reconciliation/runs': 'operator admin',
  'POST /api/reconciliation/findings/{id}/explain': 'operator admin',
  'GET /api/alerts': 'viewer operator admin',
  'GET /api/alerts/{id}': 'viewer operator admin',
  'POST /api/alerts/{id}/acknowledge': 'operator admin',
  'GET /api/alerts/config': 'viewer operator admin',
  'POST /api/alerts/config': 'admin',
  'POST /api/alerts/config/{alertType}/test': 'admin',
  'GET /api/dead-letters': 'viewer operator admin',
  'POST /api/dead-letters/{id}/replay': 'operator admin',
  'DELETE /api/dead-letters/{id}': 'operator admin',
  'GET /api/webhooks': 'viewer operator admin',
  'POST /api/webhooks': 'admin',
  'GET /api/webhooks/{id}': 'viewer operator admin',
  'PATCH /api/webhooks/{id}': 'admin',
  'DELETE /api/webhooks/{id}': 'admin',
  'POST /api/webhooks/{id}/rotate-secret': 'admin',
  'GET /api/webhooks/{id}/deliveries': 'viewer operator admin',
  'GET /api/webhooks/deliveries/{id}': 'viewer operator admin',
  'POST /api/webhooks/deliveries/{id}/resend': 'operator admin',
  'POST /api/webhooks/{id}/replay': 'operator admin',
  'GET /api/webhooks/{id}/replays': 'viewer operator admin',
  'GET /api/webhooks/{id}/secrets': 'viewer operator admin',
  'POST /api/webhooks/{id}/test': 'operator admin',
  'GET /health/live': 'anybody',
  'GET /health/ready': 'anybody',
  'GET /metrics': 'anybody',
};

it('the description says of every operation who may', () => {
  const described = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security }]) => [
      `${method.toUpperCase()} ${path}`,
      security?.length === 0 ? 'anybody' : security?.[0]?.bearer.join(' '),
    ]),
  );
  expect(Object.fromEntries(described)).toEqual(expected);
});

// Several at a time: those that look for the database wait.
it.concurrent.each(Object.keys(expected))('%s lets in whom it says, and nobody else', async (operation) => {
  const [method, path] = operation.split(' ') as [string, string];
  const address = url + path.replace(/\{\w+\}/, '11111111-1111-4111-8111-111111111111');
  const statusOf = async (token: string | null, asked = method) => {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(address, { method: asked, headers });
    // Of the cookie, which is no token; or of who is behind the token: its role was let in.
    return /"SESSION_ENDED"|has nobody behind it|is of no session/.test(await answer.text()) ? 200 : answer.status;
  };
  const allowed = expected[operation] as string;
  const isOpen = allowed === 'anybody';
  // Together: some look for the database, which is away here, for a while.
  const strangers = (isOpen ? [null] : [null, 'x', `${testToken}x`, 'a.b.c']).map(async (token) =>
    expect(await statusOf(token)).toSatisfy(isOpen ? isIn : (status) => status === 401),
  );
  const cells = sets.map(async (held) => {
    const may = isOpen || held.some((role) => allowed.split(' ').includes(role));
    for (const asked of method === 'GET' ? ['GET', 'HEAD'] : [method]) {
      const status = await statusOf(`roles.${held.join('+')}.x`, asked);
      expect([asked, held, status]).toEqual([asked, held, may ? expect.toSatisfy(isIn) : 403]);
    }
  });
  await Promise.all([...strangers, ...cells]);
  expect(await statusOf(testToken)).toSatisfy(isIn);
});

const isIn = (status: number) => status !== 401 && status !== 403;

it('who may is a table for people, too', async () => {
  const page = await http.inject({ method: 'GET', url: '/api/docs/access' });
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  const rows = [...page.body.matchAll(/<code>(\w+ [^<]+)<\/code>.*?<\/td>(.*)<\/tr>/g)].map(([, operation, cells]) => {
    const marks = [...(cells as string).matchAll(/<td>(yes)?<\/td>/g)].map(([, mark]) => mark === 'yes');
    return [operation, marks.at(-1) ? 'anybody' : roles.filter((_role, i) => marks[i])];
  });
  const named = Object.entries(expected).map(([operation, who]) => [
    operation,
    who === 'anybody' ? who : roles.filter((role) => who.split(' ').includes(role)),
  ]);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(named));
});

it('what is open to anybody beside the API is pages and its description alone', async () => {
  const app = await startTestApp();
  const open = app.routes().filter(({ access }) => access === 'public');
  const isRead = ({ method }: { method: string }) => method === 'GET' || method === 'HEAD';
  const beside = new Set(
    open
      .filter(isRead)
      .map(({ url }) => url)
      .filter((url) => !expected[`GET ${url}`]),
  );
  expect([...beside].filter((url) => !url.startsWith('/api/docs')).sort()).toEqual([
    '/',
    '/api',
    '/api/',
    '/api/openapi.json',
    '/api/problems',
    '/api/problems/:name',
    '/assets/*',
    '/console',
    '/console/',
    '/console/*',
    '/wallboard',
    '/wallboard/',
  ]);
  const acts = open.filter((route) => !isRead(route));
  expect(acts.map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
    'DELETE /api/auth/sessions',
    'POST /api/auth/sessions',
    'POST /api/auth/sessions/refresh',
  ]);
  await app.close();
});

it('a route that does not say who may keeps the application from starting', async () => {
  const app = Fastify();
  watchAccess(app);
  app.get('/said', { config: { access: 'public' } }, () => '');
  app.post('/forgotten', () => '');
  await expect(app.ready()).rejects.toThrow('routes that do not say who may use them: POST /forgotten');
});

it('a route that takes a token and does not say which rate limit counts its calls keeps it from starting, too', async () => {
  const app = Fastify();
  watchRateLimits(app);
  app.get('/open', { config: { access: 'public' } }, () => '');
  app.get('/said', { config: { access: ['viewer'], rateLimit: 'reads' } }, () => '');
  app.post('/forgotten', { config: { access: ['admin'] } }, () => '');
  await expect(app.ready()).rejects.toThrow('routes that do not say their rate limit: POST /forgotten');
});
