import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import type pg from 'pg';
import pino from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Mailboxes, type PendingCommand } from '../actor/mailbox.js';
import type { Command } from '../contract/commands.js';
import { mintKey } from '../contract/digest.js';
import { Database } from '../database.js';
import type { HoldState } from '../ledger/hold-state.js';
import type { Original } from '../ledger/original.js';
import type { WalletState } from '../ledger/wallet-state.js';
import { registerEngine, takeOver } from '../partition/ownership-store.js';
import { atomicBatch, payment, statusChange, transfer } from '../testing/test-engines.js';
import { applyBatchCall } from './apply-batch.js';
import { figuresOf } from './figures.js';
import { ensureFundingWallet, readHolds, readOriginals, readWallets } from './ledger-reads.js';
import { classifyFailure, type FailedOutcome } from './outcome.js';
import type { BatchPlan } from './plan/batch-plan.js';
import { planBatch } from './plan/planner.js';

/*
 * Every batch here is decided on what its engine believes, which may be old or wrong. The rows have the last word: what they do
 * not bear is not committed, and the call names them.
 */

const noPing = { doubt: () => {}, nowMs: Date.now, latestMs: Date.now, askSoon: () => {} };
const partition = 3;
let scratch: ScratchDatabase;
let database: Database;
let engine: Engine;

beforeAll(async () => {
  scratch = await createScratchDatabase();
  database = new Database(scratch.urlAs('wallet_engine'), 'test', pino({ level: 'silent' }), noPing);
});

beforeEach(async () => {
  engine = await Engine.start();
});

afterAll(async () => {
  await database.close();
  await scratch.drop();
});

interface Beliefs {
  readonly wallets?: readonly WalletState[];
  readonly holds?: readonly HoldState[];
  readonly originals?: readonly Original[];
  readonly nowMs?: number;
}

type Outcome = FailedOutcome | { readonly outcome: 'COMMITTED'; readonly plan: BatchPlan };

/** Commits commands as one batch each time. What it believes is what it read last, unless it is told otherwise. */
class Engine {
  #seq = 0;

  private constructor(
    private readonly workerId: string,
    private readonly epoch: number,
  ) {}

  static async start(): Promise<Engine> {
    const workerId = uuidv7();
    await registerEngine(database, workerId, 'test');
    const [held] = await takeOver(database, workerId, [partition]);
    return new Engine(workerId, (held as { epoch: number }).epoch);
  }

  async commit(commands: readonly Command[], beliefs: Beliefs): Promise<Outcome> {
    const funding = await ensureFundingWallet(database, { partition, currency: 'EUR' }, 64, Date.now() + 2_000);
    const wallets = new Map([funding, ...(beliefs.wallets ?? [])].map((wallet) => [wallet.walletId, wallet]));
    const plan = planBatch(commands.map(pendingOf), {
      fresh: new Set(wallets.keys()),
      absent: new Set(),
      absentRows: new Set(),
      wallet: (id) => wallets.get(id),
      partitionOf: () => partition,
      fundingWallet: () => funding,
      knownAnswer: () => undefined,
      isLookedUp: () => true,
      isUnderWay: () => false,
      hold: (id) => beliefs.holds?.find(({ holdId }) => holdId === id),
      original: (id) => beliefs.originals?.find(({ transactionId }) => transactionId === id),
      nowMs: beliefs.nowMs ?? Date.now(),
      mintIdIn: () => uuidv7(),
      mintId: uuidv7,
    });
    expect(plan).toMatchObject({ faults: [], deferred: [], answered: [] });
    const call = applyBatchCall(plan, figuresOf(plan.transactions), {
      ...{ workerId: this.workerId, batchSeq: this.#seq + 1, epochs: new Map([[partition, this.epoch]]) },
      ...{ processingAtMs: Date.now(), notAfterMs: Date.now() + 5_000, createdMaxMs: Date.now() + 2_000 },
    });
    const outcome = await outcomeOf(call);
    if (outcome !== null) return outcome;
    this.#seq += 1;
    return { outcome: 'COMMITTED', plan };
  }

  /** Its one transaction must be committed. */
  async done(command: Command, beliefs: Beliefs): Promise<string> {
    const outcome = await this.commit([command], beliefs);
    expect(outcome).toMatchObject({ outcome: 'COMMITTED' });
    const { plan } = outcome as { plan: BatchPlan };
    expect(plan.transactions.map(({ outcome: { type } }) => type)).not.toContain('REFUSED');
    return plan.transactions[0]?.transactionId ?? '';
  }
}

async function outcomeOf(call: pg.QueryConfig): Promise<FailedOutcome | null> {
  try {
    await database.commit(call);
    return null;
  } catch (error) {
    return classifyFailure(error);
  }
}

function pendingOf(command: Command): PendingCommand {
  const mailboxes = new Mailboxes();
  mailboxes.open(partition);
  mailboxes.offer(partition, command, { deadlineAt: performance.now() + 5_000, bytes: 0 }, () => {});
  return mailboxes.take(command.type === 'ATOMIC_BATCH' ? command.payments.length : 1)[0] as PendingCommand;
}

/** Wallets with so much in them, as they are in the ledger. */
async function newWallets(...cents: bigint[]): Promise<WalletState[]> {
  const ids = cents.map(() => uuidv7());
  for (const [i, walletId] of ids.entries()) {
    await scratch.admin.query(`SELECT create_wallet($1, NULL, 'EUR', 'ACTIVE', NULL, NULL)`, [walletId]);
    const amount = (cents[i] as bigint) * 100n;
    if (amount > 0n) await engine.done(transfer('DEPOSIT', null, walletId, amount), { wallets: await now(walletId) });
  }
  return now(...ids);
}

/** In the order of the ids. */
async function now(...ids: string[]): Promise<WalletState[]> {
  const found = await readWallets(database, ids);
  return ids.map((id) => found.find(({ walletId }) => walletId === id) as WalletState);
}

const keyed = () => ({ caller: 'test', ...mintKey(), requestHash: '0'.repeat(32), initiatedAtMs: Date.now() });

function holdOf(payer: WalletState, receiver: WalletState, cents: bigint, expiresAtMs: number | null = null): Command {
  return {
    ...{ type: 'HOLD', kind: 'HOLD', senderWalletId: payer.walletId, receiverWalletId: receiver.walletId },
    ...{ amount: (cents * 100n).toString(), currency: 'EUR', reference: null, description: null, metadata: null },
    ...{ expiresAtMs, ...keyed() },
  };
}

const capture = (holdId: string, cents: bigint, final = false): Command => ({
  ...{ type: 'CAPTURE', holdId, amount: (cents * 100n).toString(), final, ...keyed() },
});
const voided = (holdId: string): Command => ({ type: 'VOID', holdId, ...keyed() });
const expiry = (holdId: string): Command => ({ type: 'EXPIRY', holdId, ...keyed() });
const refund = (originalId: string, walletId: string, cents: bigint): Command => ({
  ...{ type: 'REFUND', originalId, walletId, amount: (cents * 100n).toString(), reason: null, ...keyed() },
});

function limits(wallet: WalletState, changes: Partial<Record<'credit' | 'per' | 'out' | 'in', bigint>>): Command {
  const text = (cents: bigint | undefined) => (cents === undefined ? null : (cents * 100n).toString());
  return {
    ...{ type: 'LIMITS_CHANGE', walletId: wallet.walletId, creditLimit: text(changes.credit ?? 0n) as string },
    ...{ perPayment: text(changes.per), dailyOut: text(changes.out), dailyIn: text(changes.in), ...keyed() },
  };
}

describe('a hold', () => {
  let payer: WalletState;
  let receiver: WalletState;
  let hold: HoldState;

  beforeEach(async () => {
    [payer, receiver] = (await newWallets(300n, 0n)) as [WalletState, WalletState];
    hold = await held(60n);
    // What is held of another must not be taken for what is held of this one.
    await held(200n);
  });

  async function held(cents: bigint, expiresAtMs: number | null = null): Promise<HoldState> {
    const wallets = await now(payer.walletId, receiver.walletId);
    const holdId = await engine.done(holdOf(payer, receiver, cents, expiresAtMs), { wallets });
    return (await readHolds(database, [holdId]))[0] as HoldState;
  }

  const both = () => now(payer.walletId, receiver.walletId);

  test('is made of what is available, whatever its engine believes', async () => {
    const outcome = await engine.commit([holdOf(payer, receiver, 50n)], { wallets: [payer, receiver] });
    expect(outcome).toEqual({ outcome: 'GUARD_FAILED', ids: [payer.walletId] });
  });

  test('is not captured twice on one belief', async () => {
    const wallets = await both();
    await engine.done(capture(hold.holdId, 50n), { wallets, holds: [hold] });
    const again = await engine.commit([capture(hold.holdId, 50n)], { wallets, holds: [hold] });
    expect(again).toEqual({ outcome: 'GUARD_FAILED', ids: [hold.holdId] });
    expect(await both()).toMatchObject([{ balance: 25_000n, held: 21_000n }, { balance: 5_000n }]);
  });

  test.each([
    ['voided', () => voided(hold.holdId)],
    ['captured for good', () => capture(hold.holdId, 1n, true)],
  ])('is not captured, voided or expired once it is %s', async (_, end) => {
    const wallets = await both();
    await engine.done(end(), { wallets, holds: [hold] });
    for (const [command, believed] of [
      [capture(hold.holdId, 1n), hold],
      [voided(hold.holdId), hold],
      [expiry(hold.holdId), { ...hold, expiresAtMs: Date.now() - 1 }],
    ] as const) {
      const outcome = await engine.commit([command], { wallets, holds: [believed] });
      expect(outcome).toEqual({ outcome: 'GUARD_FAILED', ids: [hold.holdId] });
    }
  });

  test('is not captured or voided from its end on, by the database’s clock', async () => {
    const short = await held(30n, Date.now() + 30);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const wallets = await both();
    const early = { wallets, holds: [short], nowMs: short.expiresAtMs - 1 };
    for (const command of [capture(short.holdId, 30n), voided(short.holdId)]) {
      expect(await engine.commit([command], early)).toEqual({ outcome: 'GUARD_FAILED', ids: [short.holdId] });
    }
    await engine.done(expiry(short.holdId), { wallets, holds: [short] });
    expect(await readHolds(database, [short.holdId])).toMatchObject([{ status: 'EXPIRED', captured: 0n }]);
    expect(await both()).toMatchObject([{ balance: 30_000n, held: 26_000n }, { balance: 0n }]);
  });

  test('expires for nobody who waits: only what else its batch holds counts to the latency', async () => {
    const short = await held(10n, Date.now() + 100);
    await vi.waitUntil(() => Date.now() > short.expiresAtMs + 20, 10_000);
    const pay = () => payment(payer.walletId, receiver.walletId, 1_000n);
    const commands = [pay(), expiry(short.holdId), pay()];
    const id = await engine.done(pay(), { wallets: await both() });
    expect(await latencyCount(id)).toBe(1);
    const together = await engine.commit(commands, { wallets: await both(), holds: [short] });
    expect(together).toMatchObject({ outcome: 'COMMITTED' });
    const [first] = (together as { plan: BatchPlan }).plan.transactions;
    expect(await latencyCount(first?.transactionId ?? '')).toBe(2);

    const alone = await held(5n, Date.now() + 100);
    await vi.waitUntil(() => Date.now() > alone.expiresAtMs + 20, 10_000);
    const expired = await engine.done(expiry(alone.holdId), { wallets: await both(), holds: [alone] });
    expect(await latencyCount(expired)).toBe(0);
  });

  test('is not made for a receiver that was suspended or closed, whatever its engine believes', async () => {
    await scratch.admin.query(`UPDATE wallets SET status = 'SUSPENDED' WHERE wallet_id = $1`, [receiver.walletId]);
    const [stands] = (await now(payer.walletId)) as [WalletState];
    const outcome = await engine.commit([holdOf(payer, receiver, 1n)], { wallets: [stands, receiver] });
    expect(outcome).toEqual({ outcome: 'GUARD_FAILED', ids: [receiver.walletId] });
  });

  test('is made, and its receiver suspended behind it, in one batch', async () => {
    const commands = [holdOf(payer, receiver, 1n), statusChange(receiver.walletId, 'SUSPENDED')];
    expect(await engine.commit(commands, { wallets: await both() })).toMatchObject({ outcome: 'COMMITTED' });
  });

  test('is captured to the last cent, and its wallet closed behind it, in one batch', async () => {
    const [emptied] = (await newWallets(60n)) as [WalletState];
    const holdId = await engine.done(holdOf(emptied, receiver, 60n), { wallets: [emptied, receiver] });
    const commands = [capture(holdId, 60n), statusChange(emptied.walletId, 'CLOSED')];
    const beliefs = {
      wallets: await now(emptied.walletId, receiver.walletId),
      holds: await readHolds(database, [holdId]),
    };
    expect(await engine.commit(commands, beliefs)).toMatchObject({ outcome: 'COMMITTED' });
    expect(await now(emptied.walletId)).toMatchObject([{ status: 'CLOSED', balance: 0n, held: 0n }]);
  });

  test('does not expire before its end, by the database’s clock', async () => {
    const short = await held(30n, Date.now() + 60_000);
    const early = { ...short, expiresAtMs: Date.now() - 1 };
    expect(await engine.commit([expiry(short.holdId)], { wallets: await both(), holds: [early] })).toEqual({
      ...{ outcome: 'GUARD_FAILED', ids: [short.holdId] },
    });
  });
});

/** How many transactions the histogram of such a one's batch holds. */
async function latencyCount(transactionId: string): Promise<number> {
  const { rows } = await scratch.admin.query<{ count: number }>(
    'SELECT (SELECT sum(n)::int FROM unnest(latency) AS n) AS count FROM ledger_batches WHERE $1 = ANY (transaction_ids)',
    [transactionId],
  );
  return rows[0]?.count ?? Number.NaN;
}

describe('a payment', () => {
  test('is not paid back twice on one belief, nor beyond what was paid', async () => {
    const [payer, receiver] = (await newWallets(100n, 100n)) as [WalletState, WalletState];
    const paid = await engine.done(payment(payer.walletId, receiver.walletId, 10_000n), { wallets: [payer, receiver] });
    const beliefs = async () => ({
      wallets: await now(payer.walletId, receiver.walletId),
      originals: await readOriginals(database, [paid]),
    });
    const before = await beliefs();
    await engine.done(refund(paid, receiver.walletId, 60n), before);
    expect(await engine.commit([refund(paid, receiver.walletId, 40n)], before)).toEqual({
      ...{ outcome: 'GUARD_FAILED', ids: [paid] },
    });
    const { wallets, originals } = await beliefs();
    const wrong = originals.map((original) => ({ ...original, amount: 20_000n }));
    expect(await engine.commit([refund(paid, receiver.walletId, 50n)], { wallets, originals: wrong })).toEqual({
      outcome: 'BAD_DATA',
    });
    expect(await readOriginals(database, [paid])).toMatchObject([{ refunded: 6_000n, refunds: 1 }]);
  });
});

describe('limits of a day', () => {
  test('bind what is sent, on top of what was sent before them', async () => {
    const unlimited = (await newWallets(100n, 0n)) as [WalletState, WalletState];
    const [payer, receiver] = unlimited;
    const pay = (cents: bigint) => payment(payer.walletId, receiver.walletId, cents * 100n);
    await engine.done(pay(6n), { wallets: unlimited });
    await engine.done(limits(payer, { out: 10n }), { wallets: await now(payer.walletId) });
    // Each alone fits; together they do not, and neither does a hold.
    for (const commands of [[pay(5n)], [pay(2n), pay(3n)], [holdOf(payer, receiver, 5n)]]) {
      const outcome = await engine.commit(commands, { wallets: unlimited });
      expect(outcome).toEqual({ outcome: 'GUARD_FAILED', ids: [payer.walletId] });
    }
    await engine.done(pay(4n), { wallets: unlimited });
    expect(await now(payer.walletId)).toMatchObject([{ balance: 9_000n, dayOut: 1_000n }]);
  });

  test('do not bear a batch that goes beyond them on its way, even if a void brings it back', async () => {
    const unlimited = (await newWallets(100n, 0n)) as [WalletState, WalletState];
    const [payer, receiver] = unlimited;
    const holdId = await engine.done(holdOf(payer, receiver, 8n), { wallets: unlimited });
    const holds = await readHolds(database, [holdId]);
    await engine.done(limits(payer, { out: 10n }), { wallets: await now(payer.walletId) });
    const asBefore = { wallets: [{ ...payer, held: 800n }, receiver], holds };
    const pay = () => payment(payer.walletId, receiver.walletId, 300n);
    const outcome = await engine.commit([pay(), voided(holdId)], asBefore);
    expect(outcome).toEqual({ outcome: 'GUARD_FAILED', ids: [payer.walletId] });
    expect(await engine.commit([voided(holdId), pay()], asBefore)).toMatchObject({ outcome: 'COMMITTED' });
  });

  test('bind what is received', async () => {
    const unlimited = (await newWallets(100n, 0n)) as [WalletState, WalletState];
    const [payer, receiver] = unlimited;
    await engine.done(limits(receiver, { in: 10n }), { wallets: await now(receiver.walletId) });
    const commands = [11n].map((cents) => payment(payer.walletId, receiver.walletId, cents * 100n));
    expect(await engine.commit(commands, { wallets: unlimited })).toEqual({
      ...{ outcome: 'GUARD_FAILED', ids: [receiver.walletId] },
    });
  });

  test('are of the day on which the commit falls: a batch decided for another is decided again', async () => {
    const wallets = (await newWallets(100n, 0n)) as [WalletState, WalletState];
    const command = payment(wallets[0].walletId, wallets[1].walletId, 100n);
    for (const days of [-1, 1]) {
      const outcome = await engine.commit([command], { wallets, nowMs: Date.now() + days * 86_400_000 });
      expect(outcome).toEqual({ outcome: 'ANOTHER_DAY', createdAtMs: expect.closeTo(Date.now(), -4) });
    }
    expect(await now(wallets[0].walletId)).toEqual([wallets[0]]);
  });
});

test('a limit per payment binds payments of atomic batches whose payer another engine owns', async () => {
  const unlimited = (await newWallets(100n, 0n)) as [WalletState, WalletState];
  const [payer, receiver] = unlimited;
  await engine.done(limits(payer, { per: 5n }), { wallets: await now(payer.walletId) });
  const batch = (...cents: bigint[]) =>
    atomicBatch(cents.map((each) => [payer.walletId, receiver.walletId, each * 100n]));
  expect(await engine.commit([batch(1n, 6n, 2n)], { wallets: unlimited })).toEqual({
    ...{ outcome: 'GUARD_FAILED', ids: [payer.walletId] },
  });
  expect(await engine.commit([batch(5n, 5n)], { wallets: unlimited })).toMatchObject({ outcome: 'COMMITTED' });
});

test('a credit limit is not lowered below what is in use', async () => {
  const [payer, receiver] = (await newWallets(0n, 0n)) as [WalletState, WalletState];
  await engine.done(limits(payer, { credit: 50n }), { wallets: [payer] });
  const wallets = await now(payer.walletId, receiver.walletId);
  await engine.done(payment(payer.walletId, receiver.walletId, 2_000n), { wallets });
  await engine.done(holdOf(payer, receiver, 20n), { wallets: await now(payer.walletId, receiver.walletId) });
  expect(await engine.commit([limits(payer, { credit: 39n })], { wallets: [payer] })).toEqual({
    ...{ outcome: 'GUARD_FAILED', ids: [payer.walletId] },
  });
  await engine.done(limits(payer, { credit: 40n }), { wallets: await now(payer.walletId) });
  expect(await now(payer.walletId)).toMatchObject([{ balance: -2_000n, held: 2_000n, floor: -4_000n }]);
});
