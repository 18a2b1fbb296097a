import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { Mailboxes } from '../actor/mailbox.js';
import { RecentAnswers } from '../actor/recent-answers.js';
import { WalletCache } from '../actor/wallet-cache.js';
import { type Answer, answerText } from '../answers.js';
import type { Database } from '../database.js';
import { noLimitsColumns } from '../testing/fake-ledger.js';
import { payment } from '../testing/test-engines.js';
import { CallPace } from './call-pace.js';
import { CommitLoop } from './commit-loop.js';
import { LedgerMemory } from './ledger-memory.js';
import { LedgerWentBack } from './unknown-call.js';

test('a command that cannot be decided is answered as a fault, and what went wrong is logged', async () => {
  const mailboxes = new Mailboxes();
  mailboxes.open(1);
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(JSON.parse(chunk));
        done();
      },
    }),
  );
  // Nothing of this command reaches the ledger; a memory that throws stands for any bug of a plan.
  const memory = {
    missing: () => ({ walletIds: new Set(), funding: [], holdIds: [], originalIds: [], toLookUp: [] }),
    readAgain: () => {},
    lookUp: () => {},
    view: () => ({
      knownAnswer: () => {
        throw new Error('the bug');
      },
    }),
  } as unknown as LedgerMemory;
  const surroundings = {
    epochOf: () => 1,
    fenced: () => {},
    epochsRaised: () => {},
    committed: () => {},
    perhapsChanged: () => {},
  };
  const loop = new CommitLoop({
    ...{ workerId: 'engine', mailboxes, memory, surroundings, log },
    ...{ database: {} as Database, pace: new CallPace() },
  });

  const command = payment('a', 'b', 100n);
  const answers: unknown[] = [];
  mailboxes.offer(1, command, { deadlineAt: performance.now() + 5_000, bytes: 0 }, (answer) =>
    answers.push(JSON.parse(answerText(answer))),
  );
  loop.stop();
  await loop.run();

  expect(answers).toEqual([{ outcome: 'NOT_DONE', code: 'COMMAND_FAULT' }]);
  expect(lines).toMatchObject([
    { level: 50, type: 'TRANSFER', keyDigest: command.keyDigest, partition: 1, err: { message: 'the bug' } },
  ]);
});

describe('a call that fails', () => {
  const refusedWith = (code: string, detail?: string) =>
    Object.assign(new pg.DatabaseError('', 0, 'error'), { severity: 'ERROR', code, detail });

  /** Runs one payment from a to b through a loop whose calls fail as they are told, and then are committed. */
  async function payOver(
    failures: Error[],
    locked: string[][] = [],
    unreadable = 'none',
    settle: () => Promise<unknown[]> = async () => [],
  ): Promise<{ answer: unknown; calls: number }> {
    const mailboxes = new Mailboxes();
    let calls = 0;
    const row = {
      kind: 'USER',
      currency: 'EUR',
      status: 'ACTIVE',
      balance: '100.0000',
      held: '0',
      floor: '0',
      ...noLimitsColumns,
    };
    const database = {
      nowMs: () => Date.now(),
      latestMs: () => Date.now(),
      askTime: () => {},
      dropCommitConnection: () => {},
      commit: async () => {
        calls += 1;
        const failure = failures.shift();
        if (failure) throw failure;
        return { committed: [Date.now()] };
      },
      queryPastBlockers: settle,
      query: async (text: string, [ids]: [string]) => {
        if (text.includes('batch_seq')) return [{ batch_seq: '-1' }];
        if (ids.includes(unreadable)) throw refusedWith('XX001');
        if (text.includes('locked_wallets')) return [{ locked: locked.shift() ?? [] }];
        return text.includes('FROM wallets') ? [a, b].map((walletId) => ({ ...row, wallet_id: walletId })) : [];
      },
    } as unknown as Database;
    const memory = new LedgerMemory(1, new WalletCache(1), new RecentAnswers(), database);
    const surroundings = {
      epochOf: () => 1,
      fenced: () => {},
      epochsRaised: () => {},
      committed: () => {},
      perhapsChanged: () => {},
    };
    const loop = new CommitLoop({
      ...{ workerId: 'engine', mailboxes, memory, database, surroundings },
      ...{ pace: new CallPace(), log: pino({ level: 'silent' }) },
    });
    const running = loop.run();
    const arrival = { deadlineAt: performance.now() + 5_000, bytes: 0 };
    const command = payment(a, b, 100n);
    mailboxes.open(0);
    const answered = new Promise<Answer>((reply) => mailboxes.offer(0, command, arrival, reply));
    const answer = await Promise.race([answered, running.then(() => answered)]);
    loop.stop();
    await running;
    return { answer: JSON.parse(answerText(answer)), calls };
  }

  const a = '00000000-0000-4000-8000-00000000000a';
  const b = '00000000-0000-4000-8000-00000000000b';
  const recorded = { outcome: 'RECORDED', replayed: false };

  test('because it came too late is decided again', async () => {
    expect(await payOver([refusedWith('SW004')])).toMatchObject({ answer: recorded, calls: 2 });
  });

  test('because somebody held a row that is free again is made again', async () => {
    expect(await payOver([refusedWith('55P03')])).toMatchObject({ answer: recorded, calls: 2 });
  });

  test('because somebody holds its row is made once that is free', async () => {
    const locked = [[a], [a], [a], []];
    expect(await payOver([refusedWith('55P03')], locked)).toMatchObject({ answer: recorded, calls: 2 });
  });

  test('because a key became known meanwhile is made again, and hears which', async () => {
    const raced = Object.assign(refusedWith('23505'), { constraint: 'idempotency_keys_pkey' });
    expect(await payOver([raced])).toMatchObject({ answer: recorded, calls: 2 });
  });

  test.each([
    ['holds fewer batches than this engine made', async () => []],
    ['does not know this engine', async () => Promise.reject(refusedWith('P0002'))],
  ])('and after which the ledger %s ends the engine: it would vouch for what is lost', async (_, settle) => {
    await expect(payOver([new Error('the socket broke')], [], 'none', settle)).rejects.toThrow(LedgerWentBack);
  });

  test('is not even made for a wallet whose row cannot be read', async () => {
    expect(await payOver([], [], b)).toMatchObject({
      answer: { outcome: 'NOT_DONE', code: 'COMMAND_FAULT' },
      calls: 0,
    });
  });

  test('because the primary became a standby is no fault of the command', async () => {
    expect(await payOver([refusedWith('25006')])).toMatchObject({
      answer: { outcome: 'NOT_DONE', code: 'STORAGE_UNAVAILABLE' },
      calls: 1,
    });
  });

  test('because the database cannot read a page fails alone', async () => {
    expect(await payOver([refusedWith('XX001')])).toMatchObject({
      answer: { outcome: 'NOT_DONE', code: 'COMMAND_FAULT' },
      calls: 1,
    });
  });
});

test('who is committed hears it before it is looked whether rows that others wait for are free', async () => {
  const mailboxes = new Mailboxes();
  mailboxes.open(0);
  const [a, b, c] = ['a', 'b', 'c'].map((end) => `00000000-0000-4000-8000-00000000000${end}`) as [
    string,
    string,
    string,
  ];
  const row = {
    ...{ kind: 'USER', currency: 'EUR', status: 'ACTIVE', balance: '100.0000', held: '0', floor: '0' },
    ...noLimitsColumns,
  };
  const order: string[] = [];
  const lockTimeout = Object.assign(new pg.DatabaseError('', 0, 'error'), { severity: 'ERROR', code: '55P03' });
  const database = {
    nowMs: () => Date.now(),
    latestMs: () => Date.now(),
    commit: async () => {
      if (order.push('call') === 1) throw lockTimeout;
      // For longer than it takes until it is looked again.
      await sleep(order.length === 4 ? 300 : 0);
      return { committed: [Date.now()] };
    },
    query: async (text: string) => {
      if (text.includes('FROM wallets')) return [a, b, c].map((walletId) => ({ ...row, wallet_id: walletId }));
      if (order.push('look') === 3) void pay(b, c);
      return [{ locked: order.length <= 3 ? [a] : [] }];
    },
  } as unknown as Database;
  const loop = new CommitLoop({
    ...{ workerId: 'engine', mailboxes, database, log: pino({ level: 'silent' }), pace: new CallPace() },
    memory: new LedgerMemory(1, new WalletCache(1), new RecentAnswers(), database),
    surroundings: {
      epochOf: () => 0,
      fenced: () => {},
      epochsRaised: () => {},
      committed: () => {},
      perhapsChanged: () => {},
    },
  });
  const running = loop.run();
  const pay = (sender: string, receiver: string) =>
    new Promise<void>((done) =>
      mailboxes.offer(0, payment(sender, receiver, 100n), { deadlineAt: performance.now() + 5_000, bytes: 0 }, () => {
        order.push(sender === a ? 'waited' : 'answer');
        done();
      }),
    );
  await pay(a, b);
  loop.stop();
  await running;
  expect(order).toEqual(['call', 'look', 'look', 'call', 'answer', 'look', 'call', 'waited']);
});
