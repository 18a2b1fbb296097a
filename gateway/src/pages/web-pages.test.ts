import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/test-app.js';

let folder: string;
let http: FastifyInstance;
let close: () => Promise<void>;
let port: number;
const script = 'console.log("board");'.repeat(50);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'web-pages-'));
  const dist = join(folder, 'dist');
  mkdirSync(join(dist, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(dist, 'index.html'), '<!doctype html><title>board</title>');
  writeFileSync(join(dist, 'console.html'), '<!doctype html><title>console</title>');
  writeFileSync(join(dist, 'mark.svg'), '<svg/>');
  writeFileSync(join(dist, 'assets', 'index-abc123.js'), script);
  writeFileSync(join(dist, 'assets', 'index-abc123.js.gz'), gzipSync(script));
  writeFileSync(join(dist, 'assets', '.hidden'), 'secret');
  ({ http, close } = await startTestApp({ webDir: dist }));
  await http.listen({ port: 0, host: '127.0.0.1' });
  port = (http.server.address() as { port: number }).port;
});
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

/** Sends the path as it is spelled: fetch would tidy it up. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
    httpRequest({ host: '127.0.0.1', port, path, method, headers }, resolve).on('error', reject).end(),
  );
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe('the pages', () => {
  it('are found at the first address, without a token', async () => {
    for (const near of ['/', '/wallboard/']) {
      const answer = await get(near);
      expect([answer.status, answer.headers.location]).toEqual([302, '/wallboard']);
    }
    const page = await get('/wallboard?kiosk=1');
    expect([page.status, page.body]).toEqual([200, '<!doctype html><title>board</title>']);
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const policy = page.headers['content-security-policy'];
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("connect-src 'self' ws: wss: http: https:");
  });

  it.each(['/console', '/console/', '/console/transactions/x?status=FAILED'])(
    'are the console’s at %s, which may talk to nobody but its own gateway',
    async (path) => {
      const page = await get(path);
      expect([page.status, page.body]).toEqual([200, '<!doctype html><title>console</title>']);
      expect(page.headers['content-security-policy']).toContain("connect-src 'self'");
      expect(page.headers['content-security-policy']).not.toContain('https:');
    },
  );

  it('are told unchanged by their tag', async () => {
    const { etag } = (await get('/wallboard')).headers;
    expect((await get('/wallboard', { 'if-none-match': etag as string })).status).toBe(304);
  });

  it('have assets that are kept for a year, compressed for who takes it', async () => {
    const plain = await get('/assets/index-abc123.js');
    expect([plain.status, plain.body]).toEqual([200, script]);
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(plain.headers['x-content-type-options']).toBe('nosniff');
    const packed = await get('/assets/index-abc123.js', { 'accept-encoding': 'gzip' });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.headers['content-type']).toBe(plain.headers['content-type']);
    expect(packed.headers.vary).toBe('accept-encoding');
    expect((await get('/mark.svg')).headers['content-type']).toBe('image/svg+xml');
  });

  it('answer HEAD like GET, without a body', async () => {
    for (const path of ['/wallboard', '/assets/index-abc123.js', '/mark.svg']) {
      const head = await get(path, {}, 'HEAD');
      expect([path, head.status, head.body]).toEqual([path, 200, '']);
    }
  });

  it.each([
    '/assets/../index.html',
    '/assets/../../secret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets//etc/passwd',
    '/assets/.hidden',
    '/assets/',
    '/assets/none.js',
    '/assets/%00',
    '/index.html',
    '/dist/index.html',
  ])('are all there is: %s is not found', async (path) => {
    const { status, headers, body } = await get(path);
    expect([path, status]).toEqual([path, 404]);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(body)).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
    expect(body).not.toContain('passwd');
  });

  it.each(['/%77allboard', '/%61ssets/index-abc123.js', '/m%61rk.svg', '/assets/%2e%2e/api/wallets', '/api/wallets'])(
    'are open by their own spelling only: %s shows nothing without a token',
    async (path) => {
      expect([401, 404]).toContain((await get(path)).status);
    },
  );

  it('take no other method', async () => {
    const { status, headers } = await get('/wallboard', {}, 'POST');
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it('that are not built are not found, and the log says what to do', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
    const other = await startTestApp({ log, webDir: join(folder, 'none') });
    for (const url of ['/wallboard', '/assets/x.js']) {
      const response = await other.http.inject({ method: 'GET', url });
      expect([response.statusCode, response.json().code]).toEqual([404, 'ROUTE_NOT_FOUND']);
    }
    await other.close();
    expect(lines.filter((line) => line.includes('npm run build'))).toHaveLength(1);
  });
});

describe('a request to upgrade', () => {
  it.each(['/health/live', '/live/?EIO=4&transport=websocket'])(
    'is answered in plain HTTP where there is no live stream: %s',
    async (path) => {
      const upgrade = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQ' };
      const { status } = await get(path, upgrade);
      expect(status).toBe(path === '/health/live' ? 200 : 404);
    },
  );
});
