import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Program, startGateway } from '../testing/scratch.js';
import { payment } from '../testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';
import { revokedWithinMs } from './revocations.js';
import { withdrawnIds } from './withdrawn.js';

let api: TestPlatform;
let other: Program & { url: string };

beforeAll(async () => {
  api = await startTestPlatform();
  other = await startGateway(api.scratch, async (url) => (await fetch(`${url}/health/ready`)).status === 200);
});
afterAll(async () => {
  await other?.stop();
  await api?.close();
});

const json = (answer: Response) => answer.json() as Promise<Record<string, unknown>>;
const mint = (body: object) => api.call('POST', '/api/auth/token', body);

/** At the gateway at which it was not minted. */
function at(token: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(other.url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
}

function pay(token: string, key: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  return at(token, '/api/payments', { method: 'POST', headers, body: JSON.stringify(body) });
}

it('a service pays with its token, and its key is the same payment with the next token of the same name', async () => {
  const [sender, receiver] = [await api.funded('10'), await api.wallet()];
  const body = payment(sender, receiver, '1');
  const tokens: string[] = [];
  for (const caller of ['shop', 'shop', 'other']) tokens.push((await mint({ role: 'service', caller })).body.token);
  const answers = [];
  for (const token of tokens) answers.push(await pay(token, 'key', body));
  const ids = await Promise.all(answers.map(async (answer) => (await json(answer)).transactionId));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
  expect((await api.get(`/api/wallets/${receiver}/balance`)).balance).toBe('2.00');
});

it('a withdrawn token is refused by every gateway within five seconds, and the others go on', async () => {
  const [gone, stays] = [(await mint({ role: 'viewer' })).body, (await mint({ role: 'viewer' })).body];
  const status = async ({ token }: { token: string }) => (await at(token, '/api/wallets')).status;
  expect([await status(gone), await status(stays)]).toEqual([200, 200]);
  const withdraw = () =>
    fetch(`${api.url}/api/auth/tokens/${gone.tokenId}`, { method: 'DELETE', headers: api.authorization });
  expect((await withdraw()).status).toBe(204);
  const withdrawnAt = Date.now();
  while ((await status(gone)) !== 401) {
    expect(Date.now() - withdrawnAt).toBeLessThan(revokedWithinMs);
    await sleep(50);
  }
  expect((await json(await at(gone.token, '/api/wallets'))).detail).toBe('The bearer token was withdrawn.');
  expect(await status(stays)).toBe(200);
  // Again is no error, and no second line.
  expect((await withdraw()).status).toBe(204);
  const { rows } = await api.scratch.database.admin.query(
    'SELECT action, caller FROM audit_log WHERE subject = $1 ORDER BY audit_id',
    [gone.tokenId],
  );
  expect(rows).toEqual([
    { action: 'TOKEN_MINTED', caller: 'dev' },
    { action: 'TOKEN_REVOKED', caller: 'dev' },
  ]);
});

it('a withdrawn token is not forgotten at its end: a gateway’s clock may be behind', async () => {
  const { admin } = api.scratch.database;
  const { tokenId } = (await mint({ role: 'viewer' })).body;
  const isRevoked = async () => (await withdrawnIds(admin)).includes(tokenId);
  expect(await isRevoked()).toBe(false);
  await fetch(`${api.url}/api/auth/tokens/${tokenId}`, { method: 'DELETE', headers: api.authorization });
  const ended = (ago: string) =>
    admin.query('UPDATE api_tokens SET expires_at = now() - $2::interval WHERE token_id = $1', [tokenId, ago]);
  await ended('10 minutes');
  expect(await isRevoked()).toBe(true);
  await ended('25 hours');
  expect(await isRevoked()).toBe(false);
});

it('tokens are listed, newest first, without themselves', async () => {
  const { tokenId, token } = (await mint({ role: 'operator', caller: 'night.shift', ttlSeconds: 60 })).body;
  const pages = (await api.pages('/api/auth/tokens?limit=2')).flat() as { tokenId: string }[];
  expect(pages[0]).toEqual({
    ...{ tokenId, role: 'operator', scope: null, caller: 'night.shift', mintedBy: 'dev', revokedAt: null },
    ...{ createdAt: expect.any(String), expiresAt: expect.any(String) },
  });
  expect(new Set(pages.map((each) => each.tokenId)).size).toBe(pages.length);
  expect(JSON.stringify(pages)).not.toContain(token);
});

it('a token moves money only with its role, and mints nothing', async () => {
  const viewer = (await mint({ role: 'viewer', caller: 'eye' })).body.token;
  const operator = (await mint({ role: 'operator', caller: 'night.shift' })).body.token;
  const [sender, receiver] = [await api.funded('10'), await api.wallet()];
  expect((await pay(viewer, 'k', payment(sender, receiver, '1'))).status).toBe(403);
  expect((await pay(operator, 'k', payment(sender, receiver, '1'))).status).toBe(201);
  for (const token of [viewer, operator]) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ role: 'service' });
    expect((await at(token, '/api/auth/token', { method: 'POST', headers, body })).status).toBe(403);
    expect((await at(token, '/api/auth/tokens')).status).toBe(403);
  }
});

it('no token of an unknown id is withdrawn', async () => {
  const id = '01a204c4-5be4-733a-8403-d060098f0282';
  const answer = await fetch(`${api.url}/api/auth/tokens/${id}`, { method: 'DELETE', headers: api.authorization });
  expect([answer.status, (await json(answer)).code]).toEqual([404, 'TOKEN_NOT_FOUND']);
});
