import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from './config.js';

const env = { DATABASE_URL: 'postgres://wallet_workers@db/wallet', AMQP_URL: 'amqp://broker', SMTP_URL: 'smtp://mail' };

test('the environment is read once and named where it is wrong, without its values', () => {
  expect(readConfig(env)).toMatchObject({ parts: null, namespace: 'wallet', api: null, production: false });
  expect(readConfig({ ...env, WORKER_PARTS: 'relay,mail' }).parts).toEqual(['relay', 'mail']);
  expect(() => readConfig({ AMQP_URL: 'http://secret', WORKER_PARTS: 'Relay' })).toThrow(
    /DATABASE_URL is not set(?:.|\n)*AMQP_URL must be(?:.|\n)*SMTP_URL is not set(?:.|\n)*WORKER_PARTS must be/,
  );
  expect(() => readConfig({ AMQP_URL: 'http://secret' })).not.toThrow(/secret/);
});

test('the API is used with a token alone', () => {
  const api = { GATEWAY_URL: 'http://127.0.0.1:3000', WORKER_TOKEN: 'sixteen-letters!' };
  expect(readConfig({ ...env, ...api }).api).toEqual({ url: 'http://127.0.0.1:3000', token: 'sixteen-letters!' });
  expect(readConfig({ ...env, GATEWAY_URL: api.GATEWAY_URL }).api).toBeNull();
});

test('the API and its token may be kept in files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-workers-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const api = {
    GATEWAY_URL_FILE: file('url', 'http://gateway:3000\n'),
    WORKER_TOKEN_FILE: file('token', 'sixteen-letters!\n'),
  };
  expect(readConfig({ ...env, ...api }).api).toEqual({ url: 'http://gateway:3000', token: 'sixteen-letters!' });
  rmSync(folder, { recursive: true });
});
