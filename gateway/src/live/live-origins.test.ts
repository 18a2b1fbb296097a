import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { Origins } from '../http/origins.js';
import { LiveOrigins } from './live-origins.js';

const asked = (origin: string | undefined, host = 'one.test') => ({ headers: { origin, host } }) as IncomingMessage;

it('the live stream is for listed origins, this gateway’s pages, those of the others, and programs', () => {
  const origins = new LiveOrigins(new Origins(['https://shop.test'], 'https://wallets.test'), 'https://wallets.test');
  for (const origin of ['https://shop.test', 'https://wallets.test', 'https://one.test', undefined]) {
    expect([origin, origins.admits(asked(origin))]).toEqual([origin, true]);
  }
  for (const origin of ['https://two.test', 'http://localhost:3000', 'null', 'https://evil.test', '']) {
    expect([origin, origins.admits(asked(origin))]).toEqual([origin, false]);
  }
  // Its page goes on here when it is dead.
  origins.heard('https://two.test');
  expect(origins.admits(asked('https://two.test'))).toBe(true);
});

it('a gateway on this machine is looked at by any name of it', () => {
  const origins = new LiveOrigins(new Origins(), 'http://127.0.0.1:3001');
  for (const origin of ['http://localhost:3000', 'http://127.0.0.1:5173', 'http://[::1]:3000']) {
    expect(origins.admits(asked(origin))).toBe(true);
  }
  expect(origins.admits(asked('http://localhost.evil.test'))).toBe(false);
});

it('remembers no end of gateways', () => {
  const origins = new LiveOrigins(new Origins(), 'https://wallets.test');
  for (let i = 0; i < 1_000; i++) origins.heard(`https://g${i}.test`);
  origins.heard('no address');
  expect([origins.admits(asked('https://g0.test')), origins.admits(asked('https://g999.test'))]).toEqual([true, false]);
});
