import { afterAll, beforeAll, expect, it } from 'vitest';
import { holdSteps } from '../testing/hold-steps.js';
import { payment } from '../testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

/* What the operations leave behind is read in every way that a payment is. */

let api: TestPlatform;
let steps: ReturnType<typeof holdSteps>;
/** A payer and a receiver between whom one of each kind was made, in this order. */
let payer: string;
let receiver: string;
const made: { kind: string; transactionId: string; status: string }[] = [];
let holdId: string;
let openHoldId: string;

interface Item {
  transactionId: string;
  kind: string;
}

beforeAll(async () => {
  api = await startTestPlatform();
  steps = holdSteps(api);
  [payer, receiver] = [await api.wallet(), await api.wallet()];
  const note = async (asked: ReturnType<typeof api.post>, kind: string) => {
    const { body } = await asked;
    made.push({
      kind,
      status: body.transactionId && body.code ? 'FAILED' : 'SUCCESS',
      transactionId: body.transactionId ?? body.holdId,
    });
    return made.at(-1)?.transactionId as string;
  };
  const body = (amount: string) => ({ amount, currency: 'EUR' });
  const newHold = (amount: string) =>
    api.post('/api/holds', { walletId: payer, receiverWalletId: receiver, ...body(amount), reference: 'trip' });
  await note(api.post(`/api/wallets/${payer}/deposits`, body('100')), 'DEPOSIT');
  holdId = await note(newHold('50'), 'HOLD');
  const captured = await note(steps.capture(holdId, { amount: '20' }), 'CAPTURE');
  await note(steps.capture(holdId, { amount: '31' }), 'CAPTURE');
  await note(steps.giveUp(holdId), 'VOID');
  await note(api.post(`/api/payments/${captured}/refunds`, { amount: '5' }), 'REFUND');
  const paid = await note(api.post('/api/payments', payment(payer, receiver, '10')), 'PAYMENT');
  await note(api.post(`/api/transactions/${paid}/reversal`, { reason: 'twice' }), 'REVERSAL');
  openHoldId = await note(newHold('7'), 'HOLD');
});
afterAll(() => api?.close());

const newestFirst = (rows: readonly Item[] = made) => rows.map(({ transactionId }) => transactionId).toReversed();
const idsOf = (pages: unknown[][]) => pages.flat().map((item) => (item as Item).transactionId);

it.each([1, 2, 100])(
  'a wallet\u2019s list has them all in order, %i a page: what set money apart as well',
  async (limit) => {
    expect(idsOf(await api.pages(`/api/transactions?walletId=${payer}&limit=${limit}`))).toEqual(newestFirst());
    const received = made.filter(({ kind }) => kind !== 'DEPOSIT');
    expect(idsOf(await api.pages(`/api/transactions?walletId=${receiver}&limit=${limit}`))).toEqual(
      newestFirst(received),
    );
  },
);

it.each(['DEPOSIT', 'HOLD', 'CAPTURE', 'VOID', 'REFUND', 'PAYMENT', 'REVERSAL', 'EXPIRY'])(
  'a wallet\u2019s %s, its totals and its export are the same ones',
  async (kind) => {
    for (const status of ['', '&status=SUCCESS', '&status=FAILED']) {
      const wanted = made.filter((one) => one.kind === kind && (status === '' || status.endsWith(one.status)));
      const query = `walletId=${payer}&kind=${kind}${status}`;
      expect(idsOf(await api.pages(`/api/transactions?${query}&limit=1`)), query).toEqual(newestFirst(wanted));
      const { count, sumByCurrency } = await api.get(`/api/transactions/totals?${query}`);
      expect(count).toBe(wanted.length);
      const moves = !['HOLD', 'VOID', 'EXPIRY'].includes(kind) && wanted.some((one) => one.status === 'SUCCESS');
      expect(Object.keys(sumByCurrency)).toEqual(moves ? ['EUR'] : []);
    }
  },
);

it('the whole wallet is added up and exported with them', async () => {
  const totals = await api.get(`/api/transactions/totals?walletId=${payer}`);
  // 100 in, 20 captured, 5 refunded, 10 paid, 10 taken back.
  expect(totals).toMatchObject({ count: made.length, sumByCurrency: { EUR: '145.00' }, complete: true });
  const response = await fetch(`${api.url}/api/transactions/export?format=ndjson&walletId=${payer}`, {
    headers: api.authorization,
  });
  const lines = (await response.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Item);
  expect(response.headers.get('export-total')).toBe(String(made.length));
  expect(lines.map(({ transactionId }) => transactionId)).toEqual(newestFirst());
});

it('entries and statements have what moved money, and nothing of what was set apart', async () => {
  const moved = made.filter(({ kind, status }) => status === 'SUCCESS' && !['HOLD', 'VOID'].includes(kind));
  const { items } = await api.get(`/api/wallets/${payer}/entries`);
  const kinds = items.map(({ kind, entryType, amount }: Item & { entryType: string; amount: string }) => [
    kind,
    entryType,
    amount,
  ]);
  expect(kinds.toReversed()).toEqual([
    ['DEPOSIT', 'CREDIT', '100.00'],
    ['CAPTURE', 'DEBIT', '20.00'],
    ['REFUND', 'CREDIT', '5.00'],
    ['PAYMENT', 'DEBIT', '10.00'],
    ['REVERSAL', 'CREDIT', '10.00'],
  ]);
  const statement = await api.get(`/api/wallets/${payer}/statement?from=2026-01-01&to=2100-01-01`);
  expect(statement).toMatchObject({ opening: '0.00', closing: '85.00', debits: '30.00', credits: '115.00' });
  expect(statement.items.map(({ transactionId }: Item) => transactionId)).toEqual(
    moved.map((one) => one.transactionId),
  );
  expect(await steps.money(payer)).toEqual(['85.00', '7.00', '78.00']);
  const asOf = await api.get(`/api/wallets/${payer}/balance?at=${new Date().toISOString()}`);
  expect(asOf).toMatchObject({ balance: '85.00', held: null, available: null });
  for (const { transactionId, kind, status } of made) {
    const { entries } = await api.get(`/api/transactions/${transactionId}/ledger`);
    expect(entries).toHaveLength(status === 'SUCCESS' && !['HOLD', 'VOID'].includes(kind) ? 2 : 0);
  }
});

it('what was made of a hold is found by it, and told in its story', async () => {
  const followers = made.slice(2, 5);
  expect(idsOf(await api.pages(`/api/transactions?parentTransactionId=${holdId}&limit=2`))).toEqual(
    newestFirst(followers),
  );
  const { items } = await api.get(`/api/transactions/${holdId}/timeline`);
  expect(items.map(({ step, detail }: { step: string; detail: string }) => [step, detail]).slice(3)).toEqual([
    ['CAPTURE', expect.stringMatching(/^20\.00 EUR: Committed/)],
    ['CAPTURE', expect.stringMatching(/^31\.00 EUR: CAPTURE_EXCEEDS_HOLD/)],
    ['VOID', expect.stringMatching(/^30\.00 EUR: Committed/)],
  ]);
  expect((await api.get(`/api/transactions?reference=trip&walletId=${payer}`)).items).toHaveLength(2);
});

it('holds are listed newest first, by payer, receiver, status and time, a page at a time', async () => {
  const holdIds = (pages: unknown[][]) => pages.flat().map((item) => (item as { holdId: string }).holdId);
  const [other, third] = [await api.funded('100'), await api.wallet()];
  const more = [];
  for (const to of [receiver, third, receiver]) more.push(await steps.hold(other, to, '1'));
  const [first, second, last] = more as [string, string, string];
  await steps.giveUp(second);
  for (const limit of [1, 2, 100]) {
    const walk = async (query: string) => holdIds(await api.pages(`/api/holds?limit=${limit}${query}`));
    expect((await walk('')).slice(0, 5)).toEqual([last, second, first, openHoldId, holdId]);
    expect(await walk(`&walletId=${other}`)).toEqual([last, second, first]);
    expect(await walk(`&walletId=${other}&status=OPEN`)).toEqual([last, first]);
    expect(await walk(`&walletId=${other}&receiverWalletId=${third}`)).toEqual([second]);
    expect(await walk(`&receiverWalletId=${receiver}`)).toEqual([last, first, openHoldId, holdId]);
    expect(await walk(`&walletId=${payer}&status=VOIDED`)).toEqual([holdId]);
    expect(await walk(`&walletId=${payer}&status=CAPTURED`)).toEqual([]);
    expect(await walk('&status=EXPIRED')).toEqual([]);
    const { createdAt } = await api.get(`/api/holds/${first}`);
    expect(await walk(`&walletId=${other}&from=${createdAt}`)).toEqual([last, second, first]);
    expect(await walk(`&walletId=${other}&to=${createdAt}`)).toEqual([]);
    expect(await walk(`&to=2026-01-01`)).toEqual([]);
  }
  const { items, nextCursor } = await api.get(`/api/holds?walletId=${other}&limit=1`);
  const { captures: _, ...alone } = await api.get(`/api/holds/${last}`);
  expect(items).toEqual([alone]);
  for (const query of [`walletId=${payer}`, `walletId=${other}&status=OPEN`, '']) {
    const refused = await api.call('GET', `/api/holds?limit=1&${query}&cursor=${nextCursor}`);
    expect([refused.status, refused.body.errors]).toMatchObject([400, [{ field: 'cursor', rule: 'CURSOR' }]]);
  }
});

it('each of them is proven to be as it was committed, until somebody changes a row of its batch', async () => {
  for (const { transactionId } of made) {
    const proof = await api.get(`/api/transactions/${transactionId}/proof`);
    expect(proof).toMatchObject({ verified: true, checks: { root: true, digest: true, head: true } });
    expect(proof.leaf).toContain(transactionId);
  }
  const changed = made.at(-2)?.transactionId as string;
  const { admin } = api.scratch.database;
  const change = async (sql: string) => {
    await admin.query(`ALTER TABLE transactions DISABLE TRIGGER USER`);
    await admin.query(sql, [changed]);
    await admin.query(`ALTER TABLE transactions ENABLE TRIGGER USER`);
    return (await api.get(`/api/transactions/${changed}/proof`)).checks;
  };
  // What was asked for, and what the database decided, are sealed apart.
  expect(await change(`UPDATE transactions SET amount = amount + 1 WHERE transaction_id = $1`)).toEqual({
    ...{ root: false, digest: true, head: true },
  });
  expect(
    await change(`UPDATE transactions SET amount = amount - 1, sender_balance_after = sender_balance_after + 1
                   WHERE transaction_id = $1`),
  ).toEqual({ root: true, digest: false, head: true });
  expect(
    await change(`UPDATE transactions SET sender_balance_after = sender_balance_after - 1 WHERE transaction_id = $1`),
  ).toEqual({ root: true, digest: true, head: true });
  const unknown = await api.call('GET', '/api/transactions/11111111-1111-4111-8111-111111111111/proof');
  expect([unknown.status, unknown.body.code]).toEqual([404, 'TRANSACTION_NOT_FOUND']);
});

it('a wallet’s balance is read as a line from what it was to what it is', async () => {
  const { balance } = await api.get(`/api/wallets/${payer}/balance`);
  const line = await api.get(`/api/wallets/${payer}/balances?from=2026-01-01&to=2100-01-01`);
  expect(line.items.map((point: { balance: string }) => point.balance)).toEqual([
    ...['0.00', '100.00', '80.00', '85.00', '75.00', '85.00'],
    balance,
  ]);
  expect(line.entries).toBe(5);
});
