import { afterEach, expect, it } from 'vitest';
import { createClient, WalletFault } from './index.js';
import { cut, halfJson, html, json, problem, ScriptedServer, type Step } from './testing/scripted-server.js';

let server: ScriptedServer;
afterEach(() => server.close());

async function against(...steps: Step[]) {
  server = await ScriptedServer.start(...steps);
  return createClient({ baseUrl: `${server.url}/`, token: 't', attemptsMax: 3, pause: { firstMs: 1, maxMs: 2 } });
}

it('reads are asked for again; what is not there is null', async () => {
  const client = await against(cut, halfJson, json(200, { balance: '1.00' }));
  expect(await client.balance('w', { at: '2026-01-01' })).toEqual({ balance: '1.00' });
  expect(server.arrived.map(({ path }) => path)).toEqual(Array(3).fill('/api/wallets/w/balance?at=2026-01-01'));
  expect(server.arrived[0]?.key).toBeUndefined();
  await server.close();
  expect(await (await against(problem(404, 'WALLET_NOT_FOUND'))).wallet('w')).toBeNull();
});

it('a read that nobody answers throws, and says why', async () => {
  const client = await against(problem(503, 'STORAGE_UNAVAILABLE'));
  await expect(client.wallet('w')).rejects.toThrow('no answer in 3 attempts');
  await server.close();
  await expect((await against(html(404))).wallet('w')).rejects.toThrow('is baseUrl right?');
});

it('a list is read page after page, with the same filters', async () => {
  const client = await against(
    json(200, { items: [1, 2], nextCursor: 'c1' }),
    cut,
    json(200, { items: [], nextCursor: 'c2' }),
    json(200, { items: [3], nextCursor: null }),
  );
  const found: unknown[] = [];
  for await (const item of client.transactions({ walletId: 'a b', limit: 2 })) found.push(item);
  expect(found).toEqual([1, 2, 3]);
  const filters = '/api/transactions?walletId=a+b&limit=2';
  expect(server.arrived.map(({ path }) => path)).toEqual([
    ...[filters, `${filters}&cursor=c1`, `${filters}&cursor=c1`, `${filters}&cursor=c2`],
  ]);
});

it('only the pages that are wanted are read', async () => {
  const client = await against(json(200, { items: [1, 2], nextCursor: 'c1' }));
  for await (const _ of client.wallets()) break;
  expect(server.arrived).toHaveLength(1);
});

it('a list that does not move on ends with a fault', async () => {
  const client = await against(json(200, { items: [1], nextCursor: 'same' }));
  const read = async () => {
    for await (const _ of client.holds());
  };
  await expect(read()).rejects.toBeInstanceOf(WalletFault);
  expect(server.arrived).toHaveLength(2);
});

it('a described operation is asked for again when it is safe, and only then', async () => {
  const client = await against(cut, problem(503, 'OVERLOADED'), json(200, { items: [], nextCursor: null }));
  const { data, error } = await client.api.listWallets({ query: { limit: 1 } });
  expect([data, error]).toEqual([{ items: [], nextCursor: null }, undefined]);
  expect(server.arrived[2]).toMatchObject({ path: '/api/wallets?limit=1', authorization: 'Bearer t' });
  await server.close();

  const minting = await against(problem(503, 'OVERLOADED'));
  const minted = await minting.api.mintToken({ body: { role: 'display' } });
  expect(minted.error).toMatchObject({ code: 'OVERLOADED' });
  expect(server.arrived).toHaveLength(1);
  await server.close();

  const keyed = await against(cut, json(201, { transactionId: 'made' }));
  const body = { senderWalletId: 'a', receiverWalletId: 'b', amount: '1.00', currency: 'EUR' };
  const paid = await keyed.api.createPayment({ body, headers: { 'Idempotency-Key': 'k' } });
  expect(paid.data).toEqual({ transactionId: 'made' });
  expect(new Set(server.arrived.map(({ key, bodyHash }) => `${key} ${bodyHash}`)).size).toBe(1);
  expect(server.arrived).toHaveLength(2);
});

it('an export is passed on as it comes', async () => {
  const client = await against((response) => response.writeHead(200, { 'content-type': 'text/csv' }).end('a,b\n1,2\n'));
  const { data } = await client.api.exportTransactions({ parseAs: 'text' });
  expect(data).toBe('a,b\n1,2\n');
});

it('a described operation without an answer is an error of the result', async () => {
  const client = await against(cut);
  const { data, error } = await client.api.getWallet({ path: { id: 'w' } });
  expect(data).toBeUndefined();
  expect(error).toBeInstanceOf(WalletFault);
});
