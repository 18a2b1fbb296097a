import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import pino from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { Mailboxes } from '../actor/mailbox.js';
import { RecentAnswers } from '../actor/recent-answers.js';
import { WalletCache } from '../actor/wallet-cache.js';
import { answerText } from '../answers.js';
import { routingIdOf } from '../contract/command-traits.js';
import type { Command, CommandResult } from '../contract/commands.js';
import { partitionOf } from '../contract/partition.js';
import { readCommandResult } from '../contract/result-shape.js';
import { FakeLedger, type FakeWallet, type Fate } from '../testing/fake-ledger.js';
import { atomicBatch, payment, statusChange } from '../testing/test-engines.js';
import { CommitLoop } from './commit-loop.js';
import { LedgerMemory } from './ledger-memory.js';
import type { BatchPlan } from './plan/batch-plan.js';

// The ledger of these tests reads plans, not SQL.
vi.mock('./apply-batch.js', () => ({
  applyBatchCall: (plan: BatchPlan, _figures: unknown, position: unknown) => {
    if (plan.transactions.some(({ terms }) => terms.reference === unwritable)) throw new Error('it has no form in SQL');
    return { plan, position };
  },
  sentNow: (call: { position: object }, bounds: object) => ({ ...call, position: { ...call.position, ...bounds } }),
}));

const partitionCount = 4;
const unwritable = 'unwritable';
const walletIds = Array.from({ length: 8 }, (_, i) => `00000000-0000-4000-8000-00000000000${i}`);
const balanceBefore = 100_000n;

/** A loop that makes a batch ready behind every call, on a ledger of eight wallets. */
class Engine {
  readonly mailboxes = new Mailboxes();
  readonly epochs = new Map<number, number>();
  readonly wallets = new WalletCache(partitionCount);
  readonly answered: { command: Command; result: CommandResult; calls: number }[] = [];
  readonly perhapsChanged: string[] = [];
  readonly #loop: CommitLoop;
  readonly #running: Promise<void>;

  constructor(readonly ledger: FakeLedger) {
    for (const walletId of walletIds) ledger.wallets.set(walletId, { balance: balanceBefore, status: 'ACTIVE' });
    for (let partition = 0; partition < partitionCount; partition += 1) {
      ledger.epochs.set(partition, 1);
      this.epochs.set(partition, 1);
      this.mailboxes.open(partition);
    }
    const { database } = ledger;
    this.#loop = new CommitLoop({
      ...{ workerId: 'engine', mailboxes: this.mailboxes, database, log: pino({ level: 'silent' }) },
      memory: new LedgerMemory(partitionCount, this.wallets, new RecentAnswers(), database),
      surroundings: {
        epochOf: (partition) => this.epochs.get(partition),
        fenced: (partitions) => {
          for (const partition of partitions) this.epochs.delete(partition);
        },
        epochsRaised: (held) => {
          for (const { partition, epoch } of held) if (this.epochs.has(partition)) this.epochs.set(partition, epoch);
        },
        committed: () => {},
        perhapsChanged: (walletIds) => this.perhapsChanged.push(...walletIds),
      },
      pace: { called: () => {}, made: () => {}, readyAfterMs: () => 2, isWorthACall: (payments) => payments > 0 },
    });
    this.#running = this.#loop.run();
    this.#running.catch(() => {});
  }

  /** Resolves to the answer, which must not come before the ledger has what it tells. */
  send(command: Command, msLeft = 5_000): Promise<CommandResult> {
    const partition = partitionOf(routingIdOf(command), partitionCount);
    const arrival = { deadlineAt: performance.now() + msLeft, bytes: 0 };
    return new Promise((resolve, reject) =>
      this.mailboxes.offer(partition, command, arrival, (answer) => {
        const result = readCommandResult(JSON.parse(answerText(answer))) as CommandResult;
        this.answered.push({ command, result, calls: this.ledger.calls });
        const isTold = result.outcome === 'RECORDED' || result.outcome === 'BATCH_RECORDED';
        if (isTold && !this.ledger.keys.has(command.keyDigest)) reject(new Error('answered before it was committed'));
        resolve(result);
      }),
    );
  }

  async stop(): Promise<void> {
    this.#loop.stop();
    await this.#running;
  }
}

const [a, b, c] = walletIds as [string, string, string];
const recorded = { outcome: 'RECORDED', replayed: false };
const wayMs = 10;

/** A payment from a to b whose call is under way, with the fate it has, and what is made ready behind it. */
async function behind(fate: Fate, others: Command[], before: (engine: Engine) => void, meanwhile = before) {
  const fates: Fate[] = ['GOES_WELL', fate];
  const ledger = new FakeLedger(
    (call) => fates[call - 1] ?? 'GOES_WELL',
    () => wayMs,
  );
  const engine = new Engine(ledger);
  // All wallets are in memory from here on.
  await engine.send(atomicBatch(walletIds.map((walletId) => [a, walletId === a ? b : walletId, 100n])));
  const results = [engine.send(payment(a, b, 1_000n))];
  while (ledger.calls < 2) await turn();
  before(engine);
  results.push(...others.map((command) => engine.send(command)));
  while (engine.mailboxes.queuedWeight > 0) await turn();
  if (meanwhile !== before) meanwhile(engine);
  const answers = await Promise.all(results);
  await engine.stop();
  return { answers, engine, ledger };
}

const nothing = () => {};

describe('a batch that is ready behind a call', () => {
  test('is decided on what the call leaves behind, and sent before the call’s callers are answered', async () => {
    const { answers, engine, ledger } = await behind('GOES_WELL', [payment(b, c, balanceBefore + 900n)], nothing);
    expect(answers).toMatchObject([
      { ...recorded, transaction: { status: 'SUCCESS', batchSeq: 2 } },
      { ...recorded, transaction: { status: 'SUCCESS', batchSeq: 3 } },
    ]);
    expect(engine.answered.map(({ calls }) => calls)).toEqual([1, 3, 3]);
    expect(ledger).toMatchObject({ calls: 3, underWayMax: 1 });
    expect(engine.wallets.get(b)?.balance).toBe(ledger.wallets.get(b)?.balance);
  });

  test('refuses nothing because of what the call changes: that is decided once nothing is under way', async () => {
    const { answers, ledger } = await behind('GOES_WELL', [payment(a, c, balanceBefore)], nothing);
    expect(answers[1]).toMatchObject({ ...recorded, transaction: { status: 'FAILED', batchSeq: 3 } });
    expect(ledger.calls).toBe(3);
  });

  test('does not rest on what was read of a wallet before the call that changes it', async () => {
    const needsTheCredit = [payment(b, c, balanceBefore + 10_000n)];
    const { answers } = await behind('GOES_WELL', needsTheCredit, (engine) => {
      const wallet = engine.ledger.wallets.get(b) as FakeWallet;
      engine.ledger.wallets.set(b, { ...wallet, balance: wallet.balance + 10_000n });
      engine.wallets.forget(b);
    });
    expect(answers[1]).toMatchObject({ ...recorded, transaction: { status: 'SUCCESS', batchSeq: 3 } });
  });

  test.each<Fate>(['LOST_BEFORE', 'LOST_AFTER', 'TOO_LATE', 'LOCKED'])(
    'is decided anew, after the call’s own commands, when its fate is %s',
    async (fate) => {
      const { answers, ledger } = await behind(fate, [payment(b, c, 500n), payment(c, a, 500n)], nothing);
      const batchSeqs = answers.map((answer) => (answer.outcome === 'RECORDED' ? answer.transaction.batchSeq : 0));
      expect(answers).toMatchObject(Array(3).fill({ ...recorded, transaction: { status: 'SUCCESS' } }));
      expect(batchSeqs).toEqual([2, 3, 3]);
      expect(ledger.calls).toBe(fate === 'LOST_AFTER' ? 3 : 4);
    },
  );

  test.each<Fate>(['LOST_BEFORE', 'LOST_AFTER'])(
    'whose fate is not known: caches hear whose balances it may have changed, once it is settled: %s',
    async (fate) => {
      const { engine } = await behind(fate, [], nothing);
      expect(engine.perhapsChanged.sort()).toEqual([a, b].sort());
    },
  );

  test('is not sent when a partition was lost meanwhile: the rest of it is decided anew', async () => {
    const lost = partitionOf(b, partitionCount);
    const elsewhere = walletIds.find((walletId) => partitionOf(walletId, partitionCount) !== lost) as string;
    const others = [payment(b, c, 500n), payment(elsewhere, c, 500n)];
    const { answers, ledger } = await behind('GOES_WELL', others, nothing, (engine) => {
      engine.ledger.epochs.set(lost, 2);
      engine.epochs.delete(lost);
    });
    expect(answers.slice(1)).toMatchObject([{ outcome: 'NOT_DONE', code: 'NOT_OWNER' }, recorded]);
    expect(ledger.calls).toBe(3);
  });

  test('is not sent when a command of it is out of time', async () => {
    const ledger = new FakeLedger(
      () => 'GOES_WELL',
      () => wayMs,
    );
    const engine = new Engine(ledger);
    await engine.send(payment(a, b, 100n));
    const first = engine.send(payment(a, b, 100n));
    while (ledger.calls < 2) await turn();
    const others = [engine.send(payment(b, a, 100n), wayMs), engine.send(payment(b, a, 100n))];
    expect(await Promise.all([first, ...others])).toMatchObject([
      recorded,
      { outcome: 'NOT_DONE', code: 'DEADLINE_EXCEEDED' },
      recorded,
    ]);
    await engine.stop();
  });

  test('goes back when a command of it is out of time before the call is over: it hears that at once', async () => {
    const ledger: FakeLedger = new FakeLedger(
      () => 'GOES_WELL',
      () => (ledger.calls === 2 ? 15 * wayMs : 0),
    );
    const engine = new Engine(ledger);
    await engine.send(payment(a, b, 100n));
    const sweep = setInterval(() => engine.mailboxes.dropExpired(), 5);
    const first = engine.send(payment(a, b, 100n));
    while (ledger.calls < 2) await turn();
    const other = engine.send(payment(b, a, 100n));
    const late = await engine.send(payment(b, a, 100n), 2 * wayMs);
    expect(late).toEqual({ outcome: 'NOT_DONE', code: 'DEADLINE_EXCEEDED' });
    expect(ledger.batchSeq).toBe(1);
    expect(await Promise.all([first, other])).toMatchObject([recorded, recorded]);
    clearInterval(sweep);
    await engine.stop();
  });

  test('and holds a command that cannot be written for the database goes without it, and the engine goes on', async () => {
    const others = [payment(b, c, 500n), payment(c, a, 500n, { reference: unwritable }), payment(c, a, 500n)];
    const { answers, ledger } = await behind('GOES_WELL', others, nothing);
    const fault = { outcome: 'NOT_DONE', code: 'COMMAND_FAULT' };
    expect(answers).toMatchObject([recorded, recorded, fault, recorded]);
    expect(ledger.keys.size).toBe(4);
  });

  test('waits for what becomes of a key that is in the call', async () => {
    const ledger = new FakeLedger(
      () => 'GOES_WELL',
      () => wayMs,
    );
    const engine = new Engine(ledger);
    await engine.send(payment(b, c, 100n));
    const first = payment(b, c, 100n);
    const answer = engine.send(first);
    while (ledger.calls < 2) await turn();
    const other = await engine.send(payment(b, c, 200n, { idempotencyKey: first.idempotencyKey }));
    expect(await answer).toMatchObject(recorded);
    expect(other).toMatchObject({ outcome: 'NOT_RECORDED', code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(ledger.calls).toBe(2);
    await engine.stop();
  });
});

const fates: Fate[] = ['LOST_BEFORE', 'LOST_AFTER', 'TOO_LATE', 'LOCKED', 'DEADLOCK'];

test.each(Array.from({ length: 20 }, (_, i) => 1_000 + i))(
  'whatever happens, the books are right (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
    const ledger = new FakeLedger(
      () => (random() < 0.1 ? pick(fates) : 'GOES_WELL'),
      () => random() * 5,
    );
    const engine = new Engine(ledger);
    const othersCredit = seed % 2 === 0;
    let given = 0n;
    const answers: Promise<CommandResult>[] = [];
    const sent: Command[] = [];
    const hurried = new Set<Command>();
    for (let i = 0; i < 300; i += 1) {
      const happens = random();
      if (happens < 0.02 && othersCredit) {
        // Another engine credits a wallet.
        const walletId = pick(walletIds);
        const wallet = ledger.wallets.get(walletId) as { balance: bigint; status: 'ACTIVE' };
        ledger.wallets.set(walletId, { ...wallet, balance: wallet.balance + 10_000n });
        given += 10_000n;
      } else if (happens < 0.04) {
        // A partition changes hands and comes back.
        const partition = Math.floor(random() * partitionCount);
        ledger.epochs.set(partition, (ledger.epochs.get(partition) as number) + 1);
        if (random() < 0.5) engine.epochs.delete(partition);
        engine.wallets.forgetPartition(partition);
        await sleep(random() * 8);
        engine.epochs.set(partition, ledger.epochs.get(partition) as number);
      } else if (happens < 0.06) engine.wallets.forget(pick(walletIds));
      const [from, to, third] = [pick(walletIds), pick(walletIds), pick(walletIds)];
      if (from === to || from === third) continue;
      const amount = BigInt(Math.floor(random() * 600) + 1) * 100n;
      const kind = random();
      const command =
        kind < 0.8
          ? payment(from, to, amount)
          : kind < 0.85
            ? statusChange(from, pick(['ACTIVE', 'SUSPENDED']))
            : kind < 0.9
              ? atomicBatch([
                  [from, to, amount],
                  [from, third, amount],
                ])
              : payment(from, to, amount, { idempotencyKey: pick(sent)?.idempotencyKey ?? 'first' });
      sent.push(command);
      if (random() < 0.05) hurried.add(command);
      answers.push(engine.send(command, hurried.has(command) ? 10 : 5_000));
      if (random() < 0.2) await sleep(1);
    }
    const results = await Promise.all(answers);
    await engine.stop();

    expect(engine.answered).toHaveLength(sent.length);
    expect(ledger.underWayMax).toBe(1);
    if (!othersCredit) expect(ledger.falselyRefused).toEqual([]);
    let total = 0n;
    for (const { balance } of ledger.wallets.values()) {
      expect(balance).toBeGreaterThanOrEqual(0n);
      total += balance;
    }
    expect(total).toBe(BigInt(walletIds.length) * balanceBefore + given);
    for (const [i, result] of results.entries()) {
      const command = sent[i] as Command;
      const { keyDigest, requestHash } = command;
      const codes = hurried.has(command) ? ['NOT_OWNER', 'DEADLINE_EXCEEDED'] : ['NOT_OWNER'];
      const key = ledger.keys.get(keyDigest);
      const own = key?.requestHash === requestHash ? key : undefined;
      if (result.outcome === 'RECORDED') expect(own?.transactions).toEqual([result.transaction]);
      else if (result.outcome === 'BATCH_RECORDED') expect(own?.transactions).toEqual(result.transactions);
      else if (result.outcome === 'STATUS_CHANGED') expect(own?.kind).toBe('CHANGE');
      else if (result.outcome === 'NOT_DONE') expect(codes).toContain(result.code);
      if (result.outcome.startsWith('NOT_')) expect(own, JSON.stringify(result)).toBeUndefined();
    }
  },
);
