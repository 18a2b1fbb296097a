import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemBody } from '../http/problem.js';
import { problemKinds } from '../http/problem-catalogue.js';
import { recorded } from '../testing/fake-owner.js';
import { startTestApp } from '../testing/test-app.js';
import { recordedTransactionJson } from '../transactions/transaction-json.js';
import { balanceJson, walletJson } from '../wallets/wallet-json.js';

let http: FastifyInstance;
let close: () => Promise<void>;
// biome-ignore lint/suspicious/noExplicitAny: a document of every shape
let api: any;

beforeAll(async () => {
  ({ http, close } = await startTestApp());
  api = (await http.inject({ method: 'GET', url: '/api/docs-json' })).json();
});
afterAll(() => close());

const fields = (text: string) => Object.keys(JSON.parse(text)).sort();
const described = (name: string) => Object.keys(api.components.schemas[name].properties).sort();
// biome-ignore lint/suspicious/noExplicitAny: an answer of every shape
const answer = (one: any) => (one.$ref ? api.components.responses[one.$ref.split('/').at(-1)] : one);
// biome-ignore lint/suspicious/noExplicitAny: a parameter of every shape
const parameters = (operation: any) => Object.fromEntries(operation.parameters.map((p: any) => [p.name, p]));

it('is OpenAPI 3.1, and the page shows it', async () => {
  expect(api.openapi).toBe('3.1.1');
  expect(JSON.stringify(api)).not.toContain('"nullable"');
  const shown = /url: '([^']+)'/.exec((await http.inject({ method: 'GET', url: '/api/docs/start.js' })).body)?.[1];
  expect(new URL(shown as string, 'http://gateway.test/api/docs').pathname).toBe('/api/openapi.json');
  expect((await http.inject({ method: 'GET', url: '/api/openapi.json' })).json()).toEqual(api);
});

it('has no reference that leads nowhere', () => {
  const references = [...JSON.stringify(api).matchAll(/"\$ref":"#\/components\/(\w+)\/([\w.-]+)"/g)];
  for (const kind of ['schemas', 'headers', 'responses']) {
    const names = references.filter(([, part]) => part === kind).map(([, , name]) => name);
    expect(names.length).toBeGreaterThan(50);
    for (const name of new Set(names)) expect(Object.keys(api.components[kind])).toContain(name);
  }
  expect(references.filter(([, part]) => !Object.keys(api.components).includes(part as string))).toEqual([]);
});

it('says what many operations answer alike once', () => {
  expect(answer(api.paths['/api/payments'].post.responses[401]).description).toContain('`UNAUTHENTICATED`');
  expect(api.paths['/api/payments'].post.responses[401]).toEqual({ $ref: '#/components/responses/UNAUTHENTICATED' });
  expect(JSON.stringify(api).length).toBeLessThan(500_000);
});

it('names every operation once, as a client calls it', () => {
  const operations = Object.values<Record<string, { operationId: string }>>(api.paths).flatMap(Object.values);
  const names = operations.map(({ operationId }) => operationId);
  expect(names.length).toBeGreaterThan(30);
  for (const name of names) expect(name).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
  expect(new Set(names).size).toBe(names.length);
});

it('lists every problem code with its status', () => {
  expect(api.components.schemas.ProblemCode.anyOf).toEqual([
    { type: 'string', enum: Object.keys(problemKinds) },
    { type: 'string' },
  ]);
  for (const [code, { status }] of Object.entries(problemKinds)) {
    expect(api.info.description).toContain(`| ${code} | ${status} |`);
  }
});

it('says of every operation what it answers, and asks for a token where one is needed', () => {
  // Signing in and out: who asks is told by what else they send.
  const signing = ['signIn', 'refreshSession', 'signOut'];
  for (const [path, operations] of Object.entries<Record<string, Record<string, unknown>>>(api.paths)) {
    for (const operation of Object.values(operations)) {
      const isSigning = signing.includes(operation.operationId as string);
      const open = !path.startsWith('/api/') || isSigning;
      expect([path, operation.security]).toEqual([path, open ? [] : [{ bearer: expect.arrayContaining(['admin']) }]]);
      for (const status of ['401', '403']) {
        expect([path, status, Object.keys(operation.responses as object).includes(status)]).toEqual([
          path,
          status,
          !open || isSigning,
        ]);
      }
      expect([path, Object.keys(operation.responses as object)]).toEqual([path, expect.arrayContaining(['500'])]);
      for (const response of Object.values(operation.responses as object).map(answer)) {
        expect(Object.keys(response.headers)).toContain('Trace-Id');
        expect(response.content).toBeDefined();
      }
    }
  }
  // Each operation says it for itself: nothing is left to a default.
  expect(api.security).toBeUndefined();
  expect(api.components.securitySchemes.bearer.bearerFormat).toBeUndefined();
});

it('says of every operation that takes a token that it is limited, and how that is told', () => {
  const limited = Object.entries<Record<string, { responses: Record<string, { headers: object }> }>>(api.paths)
    .filter(([path]) => path.startsWith('/api/'))
    .flatMap(([path, operations]) => Object.values(operations).map(({ responses }) => ({ path, responses })));
  expect(limited.length).toBeGreaterThan(30);
  for (const { path, responses } of limited) {
    const { headers } = answer(responses[429]);
    expect([path, Object.keys(headers)]).toEqual([path, ['Trace-Id', 'RateLimit-Policy', 'RateLimit', 'Retry-After']]);
    for (const [status, response] of Object.entries(responses)) {
      expect([path, status, 'RateLimit' in answer(response).headers]).toEqual([path, status, true]);
    }
  }
  expect(Object.keys(api.components.headers)).toEqual(expect.arrayContaining(['RateLimit-Policy', 'RateLimit']));
});

it('describes query parameters with their limits', () => {
  const list = parameters(api.paths['/api/transactions'].get);
  expect(list.limit).toMatchObject({
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 200 },
  });
  expect(list.status.schema.enum).toEqual(['SUCCESS', 'FAILED']);
  expect(Object.keys(list)).toEqual(
    expect.arrayContaining(['cursor', 'walletId', 'kind', 'currency', 'from', 'to', 'traceparent']),
  );
  expect(parameters(api.paths['/api/payments'].get).idempotencyKey).toMatchObject({
    required: true,
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  });
});

it('describes the payment: its key, its amount, its ids', () => {
  const { post } = api.paths['/api/payments'];
  expect(parameters(post)['Idempotency-Key']).toMatchObject({ in: 'header', required: true });
  expect(Object.keys(answer(post.responses[201]).headers)).toContain('Idempotency-Replayed');
  const { amount, senderWalletId } = post.requestBody.content['application/json'].schema.properties;
  expect('12.50').toMatch(new RegExp(amount.pattern));
  expect('1e3').not.toMatch(new RegExp(amount.pattern));
  expect('3F2504E0-4F89-41D3-9A0C-0305E82C3301').toMatch(new RegExp(senderWalletId.pattern));
});

it('asks nobody who does something for a body in which nothing has to be said', () => {
  // biome-ignore lint/suspicious/noExplicitAny: an operation of every shape
  const posts = Object.values<any>(api.paths).flatMap(({ post }) => (post?.requestBody ? [post] : []));
  const saysNothing = posts.filter(({ requestBody }) => {
    const { type, required = [], minProperties = 0 } = requestBody.content['application/json'].schema;
    return type === 'object' && required.length === 0 && minProperties === 0;
  });
  expect(saysNothing.map(({ operationId }) => operationId)).toEqual(
    expect.arrayContaining(['captureHold', 'refundPayment', 'approveApproval']),
  );
  for (const { operationId, requestBody } of saysNothing)
    expect([operationId, requestBody.required ?? false]).toEqual([operationId, false]);
});

it('describes both batches', () => {
  const { schema } = api.paths['/api/payments/batch'].post.requestBody.content['application/json'];
  const [plain, atomic] = schema.oneOf;
  expect(plain.properties.payments).toMatchObject({ minItems: 1, maxItems: 1000 });
  expect(plain.properties.payments.items.required).toContain('idempotencyKey');
  expect(Object.keys(atomic.properties.payments.items.properties)).not.toContain('idempotencyKey');
  expect(atomic.properties.atomic.const).toBe(true);
});

it('describes a change of a user that changes nothing as none', () => {
  const { schema } = api.paths['/api/users/{id}'].patch.requestBody.content['application/json'];
  expect(schema).toMatchObject({ minProperties: 1, additionalProperties: false });
});

it('binds nobody to the fields, kinds and codes of today', () => {
  const { schemas } = api.components;
  const text = JSON.stringify(schemas);
  expect(text).not.toContain('"additionalProperties":false');
  expect(text.match(/"enum":/g)?.length).toBe(
    text.match(/"anyOf":\[\{"type":"string","enum":\[[^\]]*\]\},\{"type":"string"\}\]/g)?.length,
  );
  expect(schemas.Wallet.properties.status.anyOf[0].enum).toContain('SUSPENDED');
});

it('describes answers as they are', () => {
  const row = { currency: 'EUR', balance: '1', held: '0', version: '1', scope: null, metadata: null };
  const at = new Date(0);
  const wallet = { ...row, wallet_id: '', user_id: null, kind: 'USER', status: 'ACTIVE' as const, request_hash: null };
  expect(described('Wallet')).toEqual(fields(walletJson({ ...wallet, created_at: at, updated_at: at })));
  expect(described('Balance')).toEqual(fields(balanceJson('', { ...row, as_of: at })));
  const terms = {
    ...({ kind: 'PAYMENT', senderWalletId: '', receiverWalletId: '', amount: '1', currency: 'CLF' } as const),
    ...{ reference: null, description: null, metadata: null },
  };
  const transaction = recorded({ type: 'TRANSFER', initiatedAtMs: 0 } as never);
  expect(described('Transaction')).toEqual(fields(recordedTransactionJson(terms, transaction)));
  const problem = { code: 'INTERNAL', detail: '', errors: [], transactionId: '', runId: '' } as const;
  expect(described('Problem')).toEqual(Object.keys(problemBody({ ...problem, errors: [] }, '')).sort());
});
