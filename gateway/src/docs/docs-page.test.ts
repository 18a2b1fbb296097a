import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp } from '../testing/test-app.js';

let http: FastifyInstance;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ http, close } = await startTestApp());
});
afterAll(() => close());

const get = (url: string) => http.inject({ method: 'GET', url });

it('the page of the API holds no script and no style, and allows none', async () => {
  const { body, headers } = await get('/api/docs');
  expect(body).not.toMatch(/<script(?! src=)|<style|style=|\son\w+=/);
  const policy = headers['content-security-policy'] as string;
  expect(policy).not.toMatch(/unsafe|https?:/);
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
});

it('all that it names is there, and may be used by pages of this gateway alone', async () => {
  const { body } = await get('/api/docs');
  const named = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name as string);
  expect(named).toHaveLength(4);
  for (const name of named) {
    const { statusCode, headers } = await get(new URL(name, 'http://gateway.test/api/docs').pathname);
    expect([name, statusCode, headers['x-content-type-options']]).toEqual([name, 200, 'nosniff']);
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  }
});

it.each(['index.html', 'oauth2-redirect.html', 'swagger-ui.js', 'package.json', '..%2fpackage.json', '%2e%2e/x', ''])(
  'what else comes with Swagger UI is not: %s',
  async (name) => {
    const { statusCode, headers } = await get(`/api/docs/${name}`);
    expect([name, statusCode]).toEqual([name, name === '' ? 302 : 404]);
    if (name === '') expect(headers.location).toBe('/api/docs');
  },
);

it('they come packed to who takes it so', async () => {
  const url = '/api/docs/swagger-ui-bundle.js';
  const plain = await get(url);
  const packed = await http.inject({ method: 'GET', url, headers: { 'accept-encoding': 'br, gzip' } });
  expect([plain.headers['content-encoding'], packed.headers['content-encoding']]).toEqual([undefined, 'gzip']);
  expect(gunzipSync(packed.rawPayload).equals(plain.rawPayload)).toBe(true);
  expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
});

it.each(['/api', '/api/'])('%s leads to the page', async (url) => {
  const { statusCode, headers } = await get(url);
  expect([statusCode, headers.location]).toEqual([302, '/api/docs']);
});

it.each(['/api/docs', '/api/problems', '/api/problems/internal'])(
  '%s is framed, sniffed and followed by nobody',
  async (url) => {
    const { headers } = await get(url);
    expect(headers).toMatchObject({
      ...{ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' },
      ...{ 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin' },
      'permissions-policy': expect.stringContaining('camera=()'),
      'content-security-policy': expect.stringMatching(/^default-src 'none'.*; frame-ancestors 'none'$/),
    });
    expect(headers['content-security-policy']).not.toContain('unsafe');
  },
);
