import { randomUUID } from 'node:crypto';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiDocument } from '../testing/described-answers.js';
import { RandomService } from '../testing/random-service.js';
import { payment } from '../testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

/** What somebody's wallets are named by. */
interface Names {
  wallet: string;
  transaction: string;
  hold: string;
}

interface Ask {
  method?: string;
  path: string;
  body?: unknown;
  key?: string;
  headers?: Record<string, string>;
}

let api: TestPlatform;
/** Bound to `bank`, which owns `own`. */
let token: string;
let own: Names;
/** Of another scope, of no scope, and of nobody: they are not there. */
const others: Record<'theirs' | 'nobodys' | 'missing', Names> = {} as never;

beforeAll(async () => {
  api = await startTestPlatform();
  token = await tokenOf('bank');
  own = await namesOf('bank');
  others.theirs = await namesOf('shop');
  others.nobodys = await namesOf(null);
  others.missing = { wallet: randomUUID(), transaction: randomUUID(), hold: randomUUID() };
});
afterAll(() => api?.close());

async function tokenOf(scope: string, caller?: string): Promise<string> {
  const { status, body } = await api.call('POST', '/api/auth/token', { role: 'service', scope, caller });
  expect(status).toBe(201);
  return body.token;
}

/** Two wallets of a scope, one funded, a payment between them, captured in part and refunded, and a hold. */
async function namesOf(scope: string | null): Promise<Names> {
  const wallet = await api.wallet(scope === null ? {} : { scope });
  const receiver = await api.wallet(scope === null ? {} : { scope });
  const post = async (path: string, body: object) => {
    const answer = await api.post(path, body);
    expect(answer.status, answer.text).toBe(201);
    return answer.body;
  };
  await post(`/api/wallets/${wallet}/deposits`, { amount: '100', currency: 'EUR' });
  const money = { amount: '10', currency: 'EUR', reference: 'rent' };
  const { holdId: hold } = await post('/api/holds', { walletId: wallet, receiverWalletId: receiver, ...money });
  await post(`/api/holds/${hold}/capture`, { amount: '1' });
  const { transactionId } = await post('/api/payments', { ...payment(wallet, receiver, '10'), reference: 'rent' });
  await post(`/api/payments/${transactionId}/refunds`, { amount: '1' });
  await api.post('/api/payments', payment(wallet, receiver, '1000'), `fails ${wallet}`);
  return { wallet, transaction: transactionId, hold };
}

async function ask({ method = 'GET', path, body, key, headers }: Ask, bearer = token) {
  const response = await fetch(api.url + path, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'GET' ? {} : { 'idempotency-key': key ?? randomUUID() }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const post = (path: string, body: unknown): Ask => ({ method: 'POST', path, body });
const money = { amount: '1', currency: 'EUR' };
const ever = 'from=2026-01-01T00:00:00Z&to=2099-01-01T00:00:00Z';
const csv = { accept: 'text/csv' };

/** Every call that a service may make, with all the ways in which it names a wallet, a transaction or a hold. */
const operations: Record<string, (names: Names) => Ask[]> = {
  'GET /api/wallets': () => [],
  // A walletId that is taken is 409 for everybody: that much is told. Whose it is, is not: see below.
  'POST /api/wallets': () => [],
  'GET /api/wallets/{id}': ({ wallet }) => [{ path: `/api/wallets/${wallet}` }],
  'GET /api/wallets/{id}/balance': ({ wallet }) => [
    { path: `/api/wallets/${wallet}/balance` },
    { path: `/api/wallets/${wallet}/balance?consistency=cached` },
    { path: `/api/wallets/${wallet}/balance?at=2099-01-01T00:00:00Z` },
    { path: `/api/wallets/${wallet}/balance?at=2026-01-01T00:00:00Z` },
  ],
  'GET /api/wallets/{id}/entries': ({ wallet }) => [
    { path: `/api/wallets/${wallet}/entries` },
    { path: `/api/wallets/${wallet}/entries?limit=1&${ever}` },
    { path: `/api/wallets/${wallet}/entries?cursor=x` },
  ],
  'GET /api/wallets/{id}/statement': ({ wallet }) => [
    { path: `/api/wallets/${wallet}/statement?${ever}` },
    { path: `/api/wallets/${wallet}/statement?${ever}`, headers: csv },
  ],
  'GET /api/wallets/{id}/limits': ({ wallet }) => [{ path: `/api/wallets/${wallet}/limits` }],
  'POST /api/wallets/{id}/deposits': ({ wallet }) => [
    post(`/api/wallets/${wallet}/deposits`, money),
    post(`/api/wallets/${wallet}/deposits`, { ...money, currency: 'USD' }),
  ],
  'POST /api/wallets/{id}/withdrawals': ({ wallet }) => [
    post(`/api/wallets/${wallet}/withdrawals`, money),
    post(`/api/wallets/${wallet}/withdrawals`, { ...money, amount: '100000' }),
    post(`/api/wallets/${wallet}/withdrawals`, { ...money, currency: 'USD' }),
  ],
  'POST /api/payments': ({ wallet }) => [
    post('/api/payments', payment(wallet, own.wallet, '1')),
    post('/api/payments', payment(wallet, own.wallet, '100000')),
    post('/api/payments', { ...payment(wallet, own.wallet, '1'), currency: 'USD' }),
    post('/api/payments', payment(wallet, randomUUID(), '1')),
    // Under a key that this caller has used.
    { ...post('/api/payments', payment(wallet, own.wallet, '1')), key: 'used' },
  ],
  'POST /api/payments/batch': ({ wallet }) => [
    post('/api/payments/batch', { atomic: true, payments: [payment(wallet, own.wallet, '1')] }),
    post('/api/payments/batch', {
      atomic: true,
      payments: [payment(own.wallet, others.theirs.wallet, '1'), payment(wallet, own.wallet, '1')],
    }),
    {
      ...post('/api/payments/batch', { payments: [{ idempotencyKey: 'plain', ...payment(wallet, own.wallet, '1') }] }),
      headers: { 'idempotency-key': '' },
    },
  ],
  'GET /api/payments': ({ wallet }) => [
    { path: `/api/payments?idempotencyKey=${encodeURIComponent(`fails ${wallet}`.replace(' ', '-'))}` },
  ],
  'GET /api/payments/{id}': ({ transaction, hold, wallet }) =>
    [transaction, hold, wallet].map((id) => ({ path: `/api/payments/${id}` })),
  'POST /api/payments/{id}/refunds': ({ transaction, hold }) => [
    post(`/api/payments/${transaction}/refunds`, {}),
    post(`/api/payments/${transaction}/refunds`, { amount: '1000' }),
    post(`/api/payments/${hold}/refunds`, {}),
    post(`/api/payments/${transaction}/refunds`, { amount: 'much' }),
  ],
  'GET /api/transactions': ({ wallet, transaction, hold }) => [
    ...['', '&status=FAILED', '&kind=HOLD', '&reference=rent', '&limit=1', '&cursor=x', `&${ever}`].map((filter) => ({
      path: `/api/transactions?walletId=${wallet}${filter}`,
    })),
    { path: `/api/transactions?parentTransactionId=${transaction}` },
    { path: `/api/transactions?parentTransactionId=${hold}&walletId=${own.wallet}` },
    { path: `/api/transactions?parentTransactionId=${own.hold}&walletId=${wallet}` },
    { path: `/api/transactions?parentTransactionId=${hold}&cursor=x` },
  ],
  'GET /api/transactions/totals': ({ wallet, transaction }) => [
    { path: `/api/transactions/totals?walletId=${wallet}` },
    { path: `/api/transactions/totals?walletId=${wallet}&reference=rent` },
    { path: `/api/transactions/totals?parentTransactionId=${transaction}` },
  ],
  'GET /api/transactions/export': ({ wallet, transaction }) => [
    { path: `/api/transactions/export?walletId=${wallet}` },
    { path: `/api/transactions/export?format=ndjson&parentTransactionId=${transaction}` },
  ],
  'GET /api/transactions/{id}': ({ transaction, hold }) =>
    [transaction, hold].map((id) => ({ path: `/api/transactions/${id}` })),
  'GET /api/transactions/{id}/ledger': ({ transaction }) => [{ path: `/api/transactions/${transaction}/ledger` }],
  'GET /api/transactions/{id}/timeline': ({ transaction, hold }) =>
    [transaction, hold].map((id) => ({ path: `/api/transactions/${id}/timeline` })),
  'POST /api/holds': ({ wallet }) => [
    post('/api/holds', { walletId: wallet, receiverWalletId: own.wallet, ...money }),
    post('/api/holds', { walletId: wallet, receiverWalletId: own.wallet, ...money, amount: '100000' }),
  ],
  'GET /api/holds': ({ wallet }) => [
    ...['', '&status=OPEN', '&limit=1', '&cursor=x'].map((filter) => ({
      path: `/api/holds?walletId=${wallet}${filter}`,
    })),
    { path: `/api/holds?receiverWalletId=${wallet}` },
    { path: `/api/holds?walletId=${own.wallet}&receiverWalletId=${wallet}` },
    { path: `/api/holds?walletId=${wallet}&receiverWalletId=${own.wallet}` },
  ],
  'GET /api/holds/{id}': ({ hold, transaction }) => [hold, transaction].map((id) => ({ path: `/api/holds/${id}` })),
  'POST /api/holds/{id}/capture': ({ hold }) => [
    post(`/api/holds/${hold}/capture`, {}),
    post(`/api/holds/${hold}/capture`, { amount: '1.001' }),
    post(`/api/holds/${hold}/capture`, { amount: '1000' }),
  ],
  'POST /api/holds/{id}/void': ({ hold }) => [post(`/api/holds/${hold}/void`, {})],
};

/** All that is told but what differs between any two calls: the ids that were named, trace ids, the time, and what is left of a limit. */
function told(answer: Awaited<ReturnType<typeof ask>>, names: Names): unknown {
  const anonymous = (text: string) =>
    Object.entries(names)
      .reduce((rest, [name, id]) => rest.replaceAll(id, name), text)
      .replace(/"traceId":"[0-9a-f]{32}"/g, '"traceId":""')
      .replace(/"(finalAfter|asOf)":"[^"]+"/g, '"$1":""');
  const left = [...answer.headers].filter(
    ([name]) => !['date', 'trace-id', 'export-as-of', 'ratelimit'].includes(name),
  );
  return {
    status: answer.status,
    headers: left.map(([name, value]) => `${name}: ${anonymous(value)}`),
    text: anonymous(answer.text),
  };
}

describe('another service\u2019s wallet', () => {
  it('is thought of in every call that a service may make', async () => {
    const { paths } = (await (await fetch(`${api.url}/api/docs-json`)).json()) as ApiDocument & {
      paths: Record<string, Record<string, { security?: { bearer: string[] }[] }>>;
    };
    const ofServices = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { security }]) => security?.[0]?.bearer.includes('service'))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    expect(Object.keys(operations).sort()).toEqual(ofServices.sort());
  });

  it.each(Object.keys(operations))('is told from none by no byte of %s', async (operation) => {
    expect(
      (await ask({ ...post('/api/payments', payment(own.wallet, others.theirs.wallet, '0.01')), key: 'used' })).status,
    ).toBe(201);
    // What Redis keeps for others.
    for (const { wallet } of [others.theirs, others.nobodys]) {
      await api.get(`/api/wallets/${wallet}/balance?consistency=cached`);
    }
    const asks = operations[operation] as (names: Names) => Ask[];
    for (const [index, missing] of asks(others.missing).entries()) {
      const expected = told(await ask(missing), others.missing);
      for (const names of [others.theirs, others.nobodys]) {
        const one = asks(names)[index] as Ask;
        expect(told(await ask(one), names), JSON.stringify(one)).toEqual(expected);
      }
    }
  });

  it('is as it was after all that', async () => {
    for (const { wallet } of [others.theirs, others.nobodys]) {
      const { balance, held } = await api.get(`/api/wallets/${wallet}/balance`);
      expect([Number(balance) >= 90, held]).toEqual([true, '9.00']);
    }
  });
});

describe('a bound service', () => {
  it('does with its own wallets what a service does', async () => {
    const open = async (one: Ask) => {
      const answer = await ask(one);
      expect([answer.status, one.path], answer.text).toEqual([one.method === 'POST' ? 201 : 200, one.path]);
      return answer.text === '' || answer.headers.get('content-type')?.includes('csv') ? null : JSON.parse(answer.text);
    };
    const made = await open(post('/api/wallets', { currency: 'EUR', status: 'ACTIVE' }));
    expect(made.scope).toBe('bank');
    await open(post(`/api/wallets/${made.walletId}/deposits`, { amount: '50', currency: 'EUR' }));
    const paid = await open(post('/api/payments', payment(made.walletId, own.wallet, '5')));
    await open(post(`/api/payments/${paid.transactionId}/refunds`, { amount: '1' }));
    const held = await open(post('/api/holds', { walletId: made.walletId, receiverWalletId: own.wallet, ...money }));
    await open(post(`/api/holds/${held.holdId}/capture`, { amount: '0.5' }));
    await open(post(`/api/holds/${held.holdId}/void`, {}));
    await open(post(`/api/wallets/${made.walletId}/withdrawals`, money));
    await open(post('/api/payments/batch', { atomic: true, payments: [payment(made.walletId, own.wallet, '1')] }));
    const { items } = await open({ path: `/api/transactions?walletId=${made.walletId}` });
    expect(items).toHaveLength(8);
    const all = await open({ path: '/api/transactions?limit=200' });
    const shown = all.items.map(({ transactionId }: { transactionId: string }) => transactionId);
    expect(shown).toEqual(expect.arrayContaining([paid.transactionId, held.holdId, own.transaction, own.hold]));
    expect((await open({ path: `/api/transactions/totals?walletId=${made.walletId}` })).count).toBe(8);
    const exported = await ask({ path: `/api/transactions/export?walletId=${made.walletId}&format=ndjson` });
    expect(exported.text.trim().split('\n')).toHaveLength(8);
    for (const path of [
      ...[`/api/wallets/${made.walletId}`, `/api/wallets/${made.walletId}/limits`, `/api/holds/${held.holdId}`],
      ...[
        `/api/wallets/${made.walletId}/statement?${ever}`,
        `/api/wallets/${made.walletId}/balance?consistency=cached`,
      ],
      ...[`/api/payments/${paid.transactionId}`, `/api/transactions/${held.holdId}/timeline`],
    ]) {
      await open({ path });
    }
    const { items: holds } = await open({ path: `/api/holds?walletId=${made.walletId}` });
    expect(holds).toHaveLength(1);
    const { items: wallets } = await open({ path: '/api/wallets?limit=200' });
    expect(new Set(wallets.map(({ scope }: { scope: string }) => scope))).toEqual(new Set(['bank']));
    expect(wallets.map(({ walletId }: { walletId: string }) => walletId)).toContain(own.wallet);
  });

  it('is shown again what it made, and never what another service of the same name made', async () => {
    const [mine, theirs] = [await tokenOf('bank', 'till'), await tokenOf('shop', 'till')];
    const one = { ...post('/api/payments', payment(own.wallet, others.theirs.wallet, '1')), key: randomUUID() };
    const first = await ask(one, mine);
    expect(first.status).toBe(201);
    const again = await ask(one, mine);
    expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([201, first.text, 'true']);
    // The key is taken, and of what it made nothing is told, wherever the answer is kept.
    const hidden = async () => {
      const { status, text } = await ask(one, theirs);
      expect([status, JSON.parse(text).code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    };
    await hidden();
    expect(JSON.parse((await ask({ path: `/api/payments?idempotencyKey=${one.key}` }, theirs)).text).items).toEqual([
      // It was paid to a wallet of its own.
      expect.objectContaining({ senderWalletId: own.wallet, receiverWalletId: others.theirs.wallet }),
    ]);
    await api.forgetAnswers();
    await hidden();
  });

  it('may name its own scope for a new wallet, and no other', async () => {
    const make = (fields: object) => ask(post('/api/wallets', { currency: 'EUR', ...fields }));
    expect(JSON.parse((await make({ scope: 'bank' })).text).scope).toBe('bank');
    const refused = await make({ scope: 'shop' });
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([403, 'FORBIDDEN']);
    expect(refused.headers.get('www-authenticate')).toContain('insufficient_scope');
    const bad = await make({ scope: 'a b' });
    expect(JSON.parse(bad.text).errors).toEqual([{ field: 'scope', rule: 'SCOPE', message: expect.any(String) }]);
  });

  it('hears that an id is taken whoever has it, though it asks for the very wallet that is there', async () => {
    const walletId = randomUUID();
    const make = (bearer?: string) => ask(post('/api/wallets', { walletId, currency: 'EUR' }), bearer);
    expect((await make(await tokenOf('shop'))).status).toBe(201);
    const taken = await make();
    expect([taken.status, JSON.parse(taken.text).code]).toEqual([409, 'WALLET_EXISTS']);
    const nobodys = await ask(
      post('/api/wallets', { walletId: others.nobodys.wallet, currency: 'EUR', status: 'ACTIVE' }),
    );
    expect(nobodys.status).toBe(409);
  });

  it('pays whom it likes, and is told nothing of who is paid', async () => {
    const receiver = await api.wallet({ scope: 'shop' });
    const paid = JSON.parse((await ask(post('/api/payments', payment(own.wallet, receiver, '1')))).text);
    const { entries } = JSON.parse((await ask({ path: `/api/transactions/${paid.transactionId}/ledger` })).text);
    expect(entries).toMatchObject([
      { walletId: own.wallet, entryNo: expect.any(Number), balanceAfter: expect.any(String) },
      { walletId: receiver, entryNo: null, balanceAfter: null, amount: '1.00' },
    ]);
    const whole = await api.get(`/api/transactions/${paid.transactionId}/ledger`);
    expect(whole.entries[1]).toMatchObject({ entryNo: 1, balanceAfter: '1.00' });

    const limits = { dailyIn: '4321.98' };
    expect((await api.call('PUT', `/api/wallets/${receiver}/limits`, limits, randomUUID())).status).toBe(200);
    const one = { ...post('/api/payments', payment(own.wallet, receiver, '5000')), key: randomUUID() };
    for (const answer of [await ask(one), await ask(one)]) {
      const { code, detail, transactionId } = JSON.parse(answer.text);
      expect([code, detail]).toEqual(['DAILY_IN_LIMIT_EXCEEDED', 'The receiver\u2019s limit for today is used up.']);
      for (const path of [
        `/api/transactions/${transactionId}`,
        `/api/transactions/${transactionId}/timeline`,
        `/api/payments?idempotencyKey=${one.key}`,
        `/api/transactions?walletId=${own.wallet}`,
      ]) {
        expect((await ask({ path })).text).not.toMatch(/432[01]\.98/);
      }
      expect((await api.get(`/api/transactions/${transactionId}`)).failureReason).toContain('4321.98');
    }
    // And of who pays, what it has.
    const failed = await api.post('/api/payments', payment(receiver, own.wallet, '777'));
    expect(failed.body.detail).toContain('1.00 EUR available');
    const seen = (await ask({ path: `/api/transactions/${failed.body.transactionId}` })).text;
    expect(JSON.parse(seen)).toMatchObject({ failureCode: 'INSUFFICIENT_FUNDS' });
    expect(seen).not.toContain('available');
  });

  it('that is paid sees the payment and the hold, and neither captures nor refunds for who pays', async () => {
    const shop = await tokenOf('shop');
    const [walletId, receiverWalletId] = [own.wallet, others.theirs.wallet];
    const { holdId } = JSON.parse((await ask(post('/api/holds', { walletId, receiverWalletId, ...money }))).text);
    expect((await ask({ path: `/api/holds/${holdId}` }, shop)).status).toBe(200);
    for (const end of ['capture', 'void']) {
      expect((await ask(post(`/api/holds/${holdId}/${end}`, {}), shop)).status).toBe(404);
    }
    expect((await ask(post(`/api/holds/${holdId}/capture`, {}))).status).toBe(201);
    const { transactionId } = JSON.parse(
      (await ask(post('/api/payments', payment(walletId, receiverWalletId, '1')))).text,
    );
    const refund = (bearer?: string) => ask(post(`/api/payments/${transactionId}/refunds`, {}), bearer);
    expect((await refund()).status).toBe(404);
    expect((await refund(shop)).status).toBe(201);
  });

  it('is listed with its scope, and the audit log names it', async () => {
    const { body } = await api.call('POST', '/api/auth/token', { role: 'service', scope: 'bank' });
    expect(body.scope).toBe('bank');
    const { items } = await api.get('/api/auth/tokens');
    expect(items[0]).toMatchObject({ tokenId: body.tokenId, scope: 'bank', caller: 'service@bank' });
    const { rows } = await api.scratch.database.admin.query('SELECT detail FROM audit_log WHERE subject = $1', [
      body.tokenId,
    ]);
    expect(rows[0].detail).toMatchObject({ role: 'service', scope: 'bank' });
  });
});

describe('two services that do what they like, at once', () => {
  it('are told nothing of each other', async () => {
    const seed = Date.now() % 1_000_000;
    console.info(`two services with seed ${seed}`);
    const random = seededRandom(seed);
    const serviceOf = async (scope: string) =>
      new RandomService({ url: api.url, token: await tokenOf(scope), random, mark: `mark-of-${scope}-${seed}` });
    const [left, right] = [await serviceOf('left'), await serviceOf('right')];
    await Promise.all([left.begin(3), right.begin(3)]);
    for (let i = 0; i < 120; i++) await Promise.all([left.step(right.made), right.step(left.made)]);
    const [leftShown, rightShown] = await Promise.all([left.look(), right.look()]);
    for (const [service, other, shown] of [
      [left, right, leftShown],
      [right, left, rightShown],
    ] as const) {
      expect(service.made.transactions.length).toBeGreaterThan(20);
      expect([seed, service.leaks(other)]).toEqual([seed, []]);
      expect([seed, service.let]).toEqual([seed, []]);
      // And everything of its own.
      const missing = Object.values(service.made)
        .flat()
        .filter((id) => !shown.includes(id));
      expect([seed, missing]).toEqual([seed, []]);
    }
  });
});
