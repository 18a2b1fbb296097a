import { randomUUID } from 'node:crypto';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { afterEach, expect, test } from 'vitest';
import { FaultRun } from '../faults/fault-run.js';
import { type Acknowledged, audit } from './audit.js';
import { reportText } from './report.js';

let run: FaultRun;

afterEach(async () => {
  await run?.stop();
});

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

test('what engines record of operations at random passes the audit, as their callers were told', async () => {
  run = await FaultRun.start({ engines: 2, wallets: 6 });
  const seed = Number(process.env.AUDIT_SEED) || Math.floor(Math.random() * 2 ** 32);
  const random = seededRandom(seed);
  const told: Acknowledged[] = [];
  const seen = new Map<string, number>();
  const holds: string[] = [];
  const paid: string[] = [];

  const call = async (method: string, path: string, body: object): Promise<Answer & { key: string }> => {
    const key = randomUUID();
    const response = await fetch(`${run.platform.gatewayUrl}${path}`, {
      method,
      headers: {
        ...{ authorization: `Bearer ${run.platform.token}`, 'content-type': 'application/json' },
        'idempotency-key': key,
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'], key };
  };
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const amount = () => `${1 + Math.floor(random() * 250)}.${Math.floor(random() * 90) + 10}`;
  const maybe = <T>(value: T): T | undefined => (random() < 0.5 ? value : undefined);

  const operations: Record<string, () => Promise<void>> = {
    async payment() {
      const [senderWalletId, receiverWalletId] = twoWallets();
      const effectiveAt = maybe(new Date(Date.now() - Math.floor(random() * 1e9)).toISOString());
      const terms = { senderWalletId, receiverWalletId, amount: amount(), currency: 'EUR', effectiveAt };
      await transaction('payment', await call('POST', '/api/payments', terms), paid);
    },
    async transfer() {
      const kind = pick(['deposits', 'withdrawals']);
      const terms = { amount: amount(), currency: 'EUR' };
      await transaction(kind, await call('POST', `/api/wallets/${pick(run.walletIds)}/${kind}`, terms), paid);
    },
    async hold() {
      const [walletId, receiverWalletId] = twoWallets();
      const expiresAt = maybe(new Date(Date.now() + 1_500 + Math.floor(random() * 1_500)).toISOString());
      const terms = { walletId, receiverWalletId, amount: amount(), currency: 'EUR', expiresAt };
      const { status, body, key } = await call('POST', '/api/holds', terms);
      if (status !== 201) return transaction('hold', { status, body, key });
      note('hold 201');
      holds.push(body.holdId as string);
      told.push({ ...(body as unknown as Acknowledged), idempotencyKey: key });
    },
    async capture() {
      const asked = { amount: maybe(`${1 + Math.floor(random() * 20)}.00`), final: random() < 0.3 };
      if (holds.length === 0) return;
      await transaction('capture', await call('POST', `/api/holds/${pick(holds)}/capture`, asked), paid);
    },
    async void() {
      if (holds.length === 0) return;
      await transaction('void', await call('POST', `/api/holds/${pick(holds)}/void`, {}));
    },
    async refund() {
      if (paid.length === 0) return;
      const asked = { amount: maybe(`${1 + Math.floor(random() * 20)}.00`), reason: maybe('broken') };
      await transaction('refund', await call('POST', `/api/payments/${pick(paid)}/refunds`, asked));
    },
    async reversal() {
      if (paid.length === 0) return;
      const asked = { reason: 'by mistake' };
      await transaction('reversal', await call('POST', `/api/transactions/${pick(paid)}/reversal`, asked));
    },
    async limits() {
      const walletId = pick(run.walletIds);
      const bound = (most: number) => maybe(`${Math.floor(random() * most)}.00`) ?? null;
      const limits = {
        ...{ creditLimit: bound(500), perPayment: bound(400), dailyOut: bound(9_000), dailyIn: bound(9_000) },
      };
      const { status, body, key } = await call('PUT', `/api/wallets/${walletId}/limits`, limits);
      const failureCode = status === 200 ? null : (body.code as string);
      note(`limits ${failureCode ?? status}`);
      expect([200, 422]).toContain(status);
      told.push({ walletId, limits, failureCode, caller: 'dev', idempotencyKey: key });
    },
    async atomic() {
      const payments = Array.from({ length: 3 }, () => {
        const [senderWalletId, receiverWalletId] = twoWallets();
        return { senderWalletId, receiverWalletId, amount: amount(), currency: 'EUR' };
      });
      const { status } = await call('POST', '/api/payments/batch', { atomic: true, payments });
      note(`atomic ${status}`);
      expect([201, 422]).toContain(status);
    },
  };

  function twoWallets(): [string, string] {
    const sender = pick(run.walletIds);
    return [sender, pick(run.walletIds.filter((id) => id !== sender))];
  }

  function note(name: string): void {
    seen.set(name, (seen.get(name) ?? 0) + 1);
  }

  async function transaction(name: string, { status, body, key }: Answer & { key: string }, made?: string[]) {
    note(`${name} ${status === 201 ? status : body.code}`);
    expect(status === 201 || (status === 422 && typeof body.transactionId === 'string'), JSON.stringify(body)).toBe(
      true,
    );
    const transactionId = body.transactionId as string;
    if (status === 201) made?.push(transactionId);
    const failed = { transactionId, status: 'FAILED', failureCode: body.code } as unknown as Acknowledged;
    told.push({ ...(status === 201 ? (body as unknown as Acknowledged) : failed), idempotencyKey: key });
  }

  const names = Object.keys(operations);
  // Limits are changed rarely, or everything is refused.
  const bag = [...names.filter((name) => name !== 'limits'), 'payment', 'hold', 'hold', 'capture', 'capture'].flatMap(
    (name) => [name, name, name],
  );
  const client = async () => {
    for (let i = 0; i < 80; i += 1) await operations[pick([...bag, 'limits'])]?.();
  };
  await Promise.all(Array.from({ length: 12 }, client));
  const holdsDue = async () =>
    (
      await run.ask<{ n: number }>(
        `SELECT count(*)::int AS n FROM holds WHERE status = 'OPEN' AND expires_at < now() + interval '1 day'`,
      )
    )[0]?.n;
  await expect.poll(holdsDue, { timeout: 20_000 }).toBe(0);

  const story = `AUDIT_SEED=${seed} ${JSON.stringify(Object.fromEntries([...seen].sort()))}`;
  for (const name of names)
    expect(
      [...seen.keys()].some((each) => /20[01]$/.test(each)),
      name,
    ).toBe(true);
  const report = await audit(run.platform.urlFor('wallet_audit'), { acknowledged: told });
  expect([...seen.keys()], story).toContain('payment INSUFFICIENT_FUNDS');
  expect(report.clean, `${story}\n${reportText(report)}`).toBe(true);
  // Approvals are made by gateways, of which there is none here: those of approvals.int are audited at its end.
  expect(report.checks.filter(({ looked }) => looked === 0).map(({ name }) => name)).toEqual(['approvals']);
}, 120_000);
