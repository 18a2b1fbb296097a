import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { cookieNeedsTls, refreshCookies, setCookie } from './refresh-cookie.js';

const request = (headers: Record<string, string>) => ({ headers }) as unknown as FastifyRequest;

describe('the refresh cookie', () => {
  it('is out of reach of scripts, of other sites and of other addresses here, and goes over TLS off this machine', () => {
    expect(setCookie('x', Date.now() + 60_500, true)).toBe(
      'smart-wallet-refresh=x; Path=/api/auth/sessions; Max-Age=60; HttpOnly; SameSite=Strict; Secure',
    );
    for (const [host, publicUrl, expected] of [
      ['127.0.0.1:3000', null, false],
      ['localhost:3000', 'http://127.0.0.1:3000', false],
      ['[::1]:3000', null, false],
      ['127.0.0.1:3000', 'https://pay.example.com', true],
      ['pay.example.com', null, true],
      ['127.0.0.1.example.com', null, true],
      ['localhost.example.com:80', null, true],
      ['10.0.0.1:3000', null, true],
    ] as const) {
      expect([host, publicUrl, cookieNeedsTls(request({ host }), publicUrl)]).toEqual([host, publicUrl, expected]);
    }
    expect(cookieNeedsTls(request({}), null)).toBe(true);
  });

  it('is found among others, also where another site set one of the same name; and no more than a few', () => {
    const cookie = 'a=1; smart-wallet-refresh=one;smart-wallet-refresh=two; xsmart-wallet-refresh=no';
    expect(refreshCookies(request({ cookie }))).toEqual(['one', 'two']);
    expect(refreshCookies(request({}))).toEqual([]);
    expect(refreshCookies(request({ cookie: 'smart-wallet-refresh=x; '.repeat(1_000) })).length).toBe(4);
  });
});
