import { afterEach, beforeEach, expect, test } from 'vitest';
import { HealthServer } from './health-server.js';
import type { Readiness } from './readiness.js';

let server: HealthServer;
let url: string;
let readiness: Readiness;

beforeEach(async () => {
  readiness = { ready: true, status: 'ready', checks: { database: 'ok', nats: 'ok', redis: 'ok' } };
  server = new HealthServer({
    readiness: () => readiness,
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
  });
  url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
});

afterEach(() => server.close());

test('it is live while it can answer, ready or not', async () => {
  readiness = { ...readiness, ready: false, status: 'unready' };
  const response = await fetch(`${url}/health/live`);
  expect([response.status, await response.json()]).toEqual([200, { status: 'live' }]);
});

test('readiness is a status that an orchestrator reads, with what is missing', async () => {
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  readiness = { ready: false, status: 'unready', checks: { ...readiness.checks, database: 'no answer' } };
  const response = await fetch(`${url}/health/ready`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    status: 'unready',
    checks: { database: 'no answer', nats: 'ok', redis: 'ok' },
  });
});

test('metrics are text for Prometheus', async () => {
  const response = await fetch(`${url}/metrics`);
  expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
    200,
    'text/plain; version=0.0.4',
    'up 1\n',
  ]);
});

test('nothing else is served', async () => {
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
});

test('a port that is taken is an error, not a silence', async () => {
  const other = new HealthServer({ readiness: () => readiness, metrics: () => Promise.reject(new Error('none')) });
  await expect(other.listen('127.0.0.1', Number(new URL(url).port))).rejects.toThrow('EADDRINUSE');
});
