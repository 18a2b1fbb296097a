import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ProblemCode, problemKinds } from '../http/problem-catalogue.js';
import { problemPath } from '../http/problem-path.js';
import { startTestApp } from '../testing/test-app.js';

let http: FastifyInstance;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ http, close } = await startTestApp());
});
afterAll(() => close());

it.each(Object.keys(problemKinds) as ProblemCode[])('the type of %s leads to a page about it', async (code) => {
  expect(problemPath(code)).toMatch(/^\/api\/problems\/[a-z]+(-[a-z]+)*$/);
  const { statusCode, headers, body } = await http.inject({ method: 'GET', url: problemPath(code) });
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  const { status, title, meaning, remedy } = problemKinds[code];
  for (const said of [code, `status ${status}`, title, meaning, remedy, 'Was it done?', 'Ask again?'])
    expect(body).toContain(said);
});

it('all of them are listed, and others are not there', async () => {
  const { body } = await http.inject({ method: 'GET', url: '/api/problems' });
  for (const code of Object.keys(problemKinds) as ProblemCode[]) expect(body).toContain(`href="${problemPath(code)}"`);
  const none = await http.inject({ method: 'GET', url: '/api/problems/none' });
  expect([none.statusCode, none.json().code]).toEqual([404, 'ROUTE_NOT_FOUND']);
});

it('an answer\u2019s type is such an address', async () => {
  const { type } = (await http.inject({ method: 'GET', url: '/api/wallets' })).json();
  expect(type).toBe('/api/problems/unauthenticated');
  expect((await http.inject({ method: 'GET', url: type })).statusCode).toBe(200);
});
