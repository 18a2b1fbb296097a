import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Database } from './database.js';
import { hold } from './testing/money-commands.js';
import { euro, payment, statusChange, TestEngines } from './testing/test-engines.js';

let engines: TestEngines;

beforeAll(async () => {
  engines = await TestEngines.start(2);
});

afterAll(async () => {
  await engines.stop();
});

test('a wallet whose last entry is of tomorrow, as after a clock that was set back, stops nobody’s payments', async () => {
  const [a, b, other] = [await engines.createWallet(), await engines.createWallet(), await engines.createWallet()];
  for (const sender of [a, other]) await engines.deposit(sender, 2n * euro);
  const tomorrow = `UPDATE wallets SET updated_at = updated_at + interval '1 day' WHERE wallet_id = $1`;
  await engines.database.admin.query(tomorrow, [a]);
  for (const sender of [a, other, a]) {
    const paid = await engines.send(payment(sender, b, euro));
    expect(paid).toMatchObject({ outcome: 'RECORDED', transaction: { status: 'SUCCESS' } });
  }
});

describe('state that others change', () => {
  test('never refuses a payment: a receiver suspended and activated again by its own owner', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    const sender = await engines.createWalletOf(first);
    const receiver = await engines.createWalletOf(second);
    await engines.deposit(sender, 1_000n * euro);
    for (let round = 0; round < 20; round += 1) {
      await engines.send(statusChange(receiver, 'SUSPENDED'));
      const refused = await engines.send(payment(sender, receiver, euro));
      expect(refused).toMatchObject({ transaction: { failureCode: 'WALLET_NOT_ACTIVE' } });
      await engines.send(statusChange(receiver, 'ACTIVE'));
      expect(await engines.send(payment(sender, receiver, euro))).toMatchObject({ transaction: { status: 'SUCCESS' } });
    }
  });

  test('makes no hold for a receiver that its own owner suspended', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    const payer = await engines.createWalletOf(first);
    const receiver = await engines.createWalletOf(second);
    await engines.deposit(payer, euro);
    const held = await engines.send(hold(payer, receiver, 100n));
    expect(held).toMatchObject({ outcome: 'RECORDED', transaction: { status: 'SUCCESS' } });
    await engines.send(statusChange(receiver, 'SUSPENDED'));
    const refused = await engines.send(hold(payer, receiver, 100n));
    expect(refused).toMatchObject({ outcome: 'RECORDED', transaction: { failureCode: 'WALLET_NOT_ACTIVE' } });
  });

  test('never refuses a payment: a credit from another engine is spent at once', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    const a = await engines.createWalletOf(first);
    const b = await engines.createWalletOf(second);
    await engines.deposit(a, euro);
    await engines.deposit(b, euro);
    for (let round = 0; round < 40; round += 1) {
      const [from, to] = round % 2 === 0 ? [a, b] : [b, a];
      const amount = round === 0 ? euro : 2n * euro;
      expect(await engines.send(payment(from, to, amount))).toMatchObject({ transaction: { status: 'SUCCESS' } });
    }
  });

  test('a wallet being closed while it is credited from elsewhere never ends closed with money', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    const sender = await engines.createWalletOf(first);
    await engines.deposit(sender, 1_000n * euro);
    const seen = new Set<string>();
    for (let round = 0; round < 60; round += 1) {
      const receiver = await engines.createWalletOf(second);
      await engines.send(payment(sender, receiver, euro));
      await engines.send(payment(receiver, sender, euro)); // both engines know the wallet, empty and ACTIVE
      const [closed, paid] = await Promise.all([
        sleep(Math.random() * 4).then(() => engines.send(statusChange(receiver, 'CLOSED'))),
        sleep(Math.random() * 4).then(() => engines.send(payment(sender, receiver, euro))),
      ]);
      const { rows } = await engines.database.admin.query('SELECT status, balance FROM wallets WHERE wallet_id = $1', [
        receiver,
      ]);
      const state = `${rows[0].status} ${rows[0].balance}`;
      expect(['CLOSED 0.0000', 'ACTIVE 1.0000']).toContain(state);
      expect(closed.outcome === 'STATUS_CHANGED').toBe(rows[0].status === 'CLOSED');
      expect(paid).toMatchObject({ transaction: { status: rows[0].status === 'CLOSED' ? 'FAILED' : 'SUCCESS' } });
      seen.add(state);
    }
    expect([...seen].sort()).toEqual(['ACTIVE 1.0000', 'CLOSED 0.0000']);
  });

  test('300 commands that hit a guard at once cost a handful of round trips', async () => {
    const [first, second] = engines.members as [TestEngines['members'][0], TestEngines['members'][0]];
    const sender = await engines.createWalletOf(first);
    const receiver = await engines.createWallet();
    const drain = await engines.createWalletOf(second);
    await engines.deposit(sender, 400n * euro);
    await engines.deposit(drain, euro);
    await engines.send(payment(sender, receiver, euro)); // its owner knows it as rich
    const calls = vi.spyOn(Database.prototype, 'commit');
    const reads = vi.spyOn(Database.prototype, 'query');
    // Behind its owner's back, as another owner's atomic batch would do it.
    await engines.database.admin.query(`UPDATE wallets SET balance = 50 WHERE wallet_id = $1`, [sender]);
    const results = await engines.sendAll(Array.from({ length: 300 }, () => payment(sender, receiver, euro)));
    const trips = calls.mock.calls.length + reads.mock.calls.filter(([text]) => /FROM wallets/.test(text)).length;
    vi.restoreAllMocks();
    await engines.database.admin.query(`UPDATE wallets SET balance = balance + 349 WHERE wallet_id = $1`, [sender]);
    const succeeded = results.filter(
      (result) => result.outcome === 'RECORDED' && result.transaction.status === 'SUCCESS',
    ).length;
    expect(succeeded).toBe(50);
    expect(results.length - succeeded).toBe(250);
    expect(trips).toBeLessThan(8);
  });

  test('a bad command in a batch fails alone', async () => {
    const [a, b] = [await engines.rich(), await engines.createWallet()];
    const commands = Array.from({ length: 40 }, () => payment(a, b, euro));
    // Postgres cannot hold U+0000 in JSON; a gateway would have refused it.
    commands[17] = payment(a, b, euro, { metadata: '{"note":"\\u0000"}' });
    commands[23] = payment(a, b, -euro);
    commands[31] = payment(a, a, euro);
    const results = await engines.sendAll(commands);
    const faults = results.flatMap((result, i) =>
      result.outcome === 'NOT_DONE' && result.code === 'COMMAND_FAULT' ? [i] : [],
    );
    expect(faults).toEqual([17, 23, 31]);
    expect(await engines.balance(b)).toBe('37.0000');
  });
});
