import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { Mailboxes, type PendingCommand } from '../actor/mailbox.js';
import { type Answer, answerOf, answerText, notDone } from '../answers.js';
import type { Command, RecordedTransaction, ReplyMessage } from '../contract/commands.js';
import type { BatchCommitted } from '../contract/events.js';
import { commandAgeMaxMs, commandDeadlineMs } from '../contract/limits.js';
import { batchSubject, commandSubject, inboxPrefix, ownershipSubject } from '../contract/subjects.js';
import { payment, statusChange } from '../testing/test-engines.js';
import { CommandServer } from './command-server.js';

const [a, b] = ['01a204c4-5be4-733a-8403-d060098f0282', '01a204c4-5be4-733a-8403-d060098f0283'];
const namespace = 'test';
const workerId = 'engine-1';
const [gatewayA, gatewayB] = ['a', 'b'].map((name) => `${inboxPrefix(namespace)}.${name}`) as [string, string];
/** `replyCharsMax` of the command server. */
const replyCharsMax = 500_000;
const notOwner = { outcome: 'NOT_DONE', code: 'NOT_OWNER' };
const statusChanged = answerOf({ kind: 'CHANGE' }, [], false);
const decided = JSON.parse(answerText(statusChanged));

let nats: StubNats;
let mailboxes: Mailboxes;
let server: CommandServer;
let databaseNowMs: number;
let logged: { level: number; msg: string }[];

/** Partitions 1 and 2 have mailboxes; only partition 1 is served, at epoch 5. */
beforeEach(() => {
  nats = new StubNats();
  mailboxes = new Mailboxes();
  mailboxes.open(1);
  mailboxes.open(2);
  logged = [];
  const log = pino({}, { write: (line) => logged.push(JSON.parse(line)) });
  databaseNowMs = Date.now();
  server = new CommandServer({
    ...{ nats: nats as unknown as NatsConnection, namespace, workerId, mailboxes, log },
    databaseNowMs: () => databaseNowMs,
  });
  server.serve(1, 5);
});

describe('a request', () => {
  test.each([
    ['an earlier epoch than the served one', 1, 4],
    ['a later epoch than the served one', 1, 6],
    ['a partition that is not served', 2, 5],
  ])('for %s is answered NOT_OWNER and reaches no mailbox', async (_, partition, epoch) => {
    receive([request({ id: 7, partition, epoch, commands: [change(), change()] })]);
    await turnOfTheLoop();
    expect(replies()).toEqual([{ inbox: gatewayA, replies: [{ id: 7, results: [notOwner, notOwner] }] }]);
    expect(mailboxes.take(10)).toEqual([]);
  });

  test('that reads lean answers gets one where its command says the rest, and the whole where it does not', async () => {
    const command = payment(a, b, 100n);
    const funded: Command = { ...command, kind: 'DEPOSIT', senderWalletId: null };
    const again = { ...command, initiatedAtMs: command.initiatedAtMs - 1 };
    for (const [id, asked, lean] of [
      [1, command, true],
      [2, command, false],
      [3, again, true],
      [4, { ...funded, keyDigest: 'd'.repeat(32) }, true],
      [5, { ...command, keyDigest: 'e'.repeat(32) }, true],
    ] as const) {
      receive([{ ...request({ id, commands: [asked] }), ...(lean ? { lean } : {}) }]);
    }
    const transaction: RecordedTransaction = {
      ...{ transactionId: a, status: 'SUCCESS', failureCode: null, failureReason: null, senderWalletId: a },
      ...{ receiverWalletId: b, partition: 1, batchSeq: 7, initiatedAtMs: command.initiatedAtMs },
      ...{ processingAtMs: 2, createdAtMs: 3 },
    };
    const [first, deposit, known] = mailboxes.take(10) as [PendingCommand, PendingCommand, PendingCommand];
    for (const pending of [first, deposit])
      mailboxes.answer(pending, answerOf({ kind: 'TRANSACTION' }, [transaction], false));
    mailboxes.answer(known, answerOf({ kind: 'TRANSACTION' }, [transaction], true));
    await turnOfTheLoop();
    const whole = { outcome: 'RECORDED', replayed: false, transaction };
    expect(replies()).toEqual([
      {
        inbox: gatewayA,
        replies: [
          { id: 1, results: [[a, 7, 2, 3]] },
          { id: 2, results: [whole] },
          { id: 3, results: [whole] },
          { id: 4, results: [whole] },
          { id: 5, results: [{ ...whole, replayed: true }] },
        ],
      },
    ]);
  });

  test('at the served epoch reaches its mailbox and is answered when it is decided, not before', async () => {
    const command = change();
    receive([request({ id: 7, commands: [command] })]);
    await turnOfTheLoop();
    expect(nats.published).toEqual([]);
    const taken = mailboxes.take(10);
    expect(taken.map((pending) => [pending.partition, pending.command])).toEqual([[1, command]]);
    answer(taken, statusChanged);
    await turnOfTheLoop();
    expect(replies()).toEqual([{ inbox: gatewayA, replies: [{ id: 7, results: [decided] }] }]);
  });

  test('is answered once all of its commands are, in their order', async () => {
    receive([request({ id: 7, commands: [change(), change()] })]);
    const [first, second] = mailboxes.take(10) as [PendingCommand, PendingCommand];
    answer([second], '"second"');
    await turnOfTheLoop();
    expect(nats.published).toEqual([]);
    answer([first], '"first"');
    await turnOfTheLoop();
    expect(replies()).toEqual([{ inbox: gatewayA, replies: [{ id: 7, results: ['first', 'second'] }] }]);
  });

  test('that is refused does not hold up its neighbour in the message: each is answered under its id', async () => {
    receive([request({ id: 7, epoch: 4 }), request({ id: 8 })]);
    await turnOfTheLoop();
    answer(mailboxes.take(10), statusChanged);
    await turnOfTheLoop();
    expect(replies()).toEqual([
      { inbox: gatewayA, replies: [{ id: 7, results: [notOwner] }] },
      { inbox: gatewayA, replies: [{ id: 8, results: [decided] }] },
    ]);
  });

  test('with a command of the wrong shape has that one refused as a fault and the others decided', async () => {
    receive([request({ id: 7, commands: [{ ...payment(a, b, 100n), amount: 1 }, payment(a, b, 100n)] })]);
    answer(mailboxes.take(10), '"decided"');
    await turnOfTheLoop();
    const fault = JSON.parse(notDone('COMMAND_FAULT'));
    expect(replies()).toEqual([{ inbox: gatewayA, replies: [{ id: 7, results: [fault, 'decided'] }] }]);
  });

  test.each([
    ['served', 1],
    ['not served', 2],
  ])('without commands is answered without results: its partition is %s', async (_, partition) => {
    receive([request({ id: 7, partition, commands: [] })]);
    await turnOfTheLoop();
    expect(replies()).toEqual([{ inbox: gatewayA, replies: [{ id: 7, results: [] }] }]);
  });
});

describe('the age of a command', () => {
  const aged = (ageMs: number) => ({ ...change(), initiatedAtMs: databaseNowMs - ageMs });

  test.each([-3_600_000, 3_600_000])(
    'is told by the database\u2019s time, with an own clock %i ms off',
    async (off) => {
      databaseNowMs = Date.now() + off;
      receive([request({ id: 7, commands: [aged(1_000), aged(commandAgeMaxMs)] })]);
      const taken = mailboxes.take(10);
      expect(taken).toHaveLength(1);
      answer(taken, statusChanged);
      await turnOfTheLoop();
      const late = JSON.parse(notDone('DEADLINE_EXCEEDED'));
      expect(replies()).toEqual([{ inbox: gatewayA, replies: [{ id: 7, results: [decided, late] }] }]);
    },
  );

  test('that a gateway dates into the future gives it no longer than a deadline', () => {
    receive([request({ id: 7, commands: [aged(-3_600_000)], msLeft: 3_600_000 })]);
    const [taken] = mailboxes.take(10);
    expect(taken?.deadlineAt).toBeLessThanOrEqual(performance.now() + commandDeadlineMs);
  });

  test('is counted with its bytes: its share of the message that brought it', () => {
    receive([request({ id: 7, commands: [change(), change()] })]);
    expect(mailboxes.bytes).toBeGreaterThan(200);
    const taken = mailboxes.take(10);
    expect(taken[0]?.bytes).toBe(taken[1]?.bytes);
    answer(taken, statusChanged);
    expect(mailboxes.bytes).toBe(0);
  });
});

describe('a partition', () => {
  test('that is served no longer answers the next request NOT_OWNER, and what it took before as decided', async () => {
    receive([request({ id: 7 })]);
    server.stopServing(1);
    receive([request({ id: 8 })]);
    await turnOfTheLoop();
    expect(replies()).toEqual([{ inbox: gatewayA, replies: [{ id: 8, results: [notOwner] }] }]);
    const taken = mailboxes.take(10);
    expect(taken).toHaveLength(1);
    answer(taken, statusChanged);
    await turnOfTheLoop();
    expect(replies()[1]).toEqual({ inbox: gatewayA, replies: [{ id: 7, results: [decided] }] });
  });

  test('that is served at a later epoch is served at the earlier one no longer', async () => {
    server.serve(1, 6);
    receive([request({ id: 7, epoch: 5 }), request({ id: 8, epoch: 6 })]);
    await turnOfTheLoop();
    expect(replies()).toEqual([{ inbox: gatewayA, replies: [{ id: 7, results: [notOwner] }] }]);
    expect(mailboxes.depth(1)).toBe(1);
  });
});

describe('answers', () => {
  test('of one turn leave as one message for each inbox', async () => {
    receive([request({ id: 1 }), request({ id: 2 })], `${gatewayA}.1`);
    receive([request({ id: 1 })], `${gatewayB}.1`);
    receive([request({ id: 3 })], `${gatewayA}.2`);
    receive([request({ id: 4 })], `${gatewayA}.3`);
    const taken = mailboxes.take(10);
    answer(taken.slice(0, 4), statusChanged);
    await turnOfTheLoop();
    answer(taken.slice(4), statusChanged);
    await turnOfTheLoop();
    const results = [decided];
    expect(replies()).toEqual([
      {
        inbox: gatewayA,
        replies: [
          { id: 1, results },
          { id: 2, results },
          { id: 3, results },
        ],
      },
      { inbox: gatewayB, replies: [{ id: 1, results }] },
      { inbox: gatewayA, replies: [{ id: 4, results }] },
    ]);
  });

  test('are split where a message would grow beyond its limit', async () => {
    const ids = Array.from({ length: 120 }, (_, i) => 100 + i);
    receive(ids.map((id) => request({ id })));
    // Of 10,000 characters fifty replies would fit without the commas between them: these are a little smaller.
    answer(mailboxes.take(200), JSON.stringify('x'.repeat(9_990 - '{"id":100,"results":[""]}'.length)));
    await turnOfTheLoop();
    for (const { text } of nats.published) expect(text.length).toBeLessThanOrEqual(replyCharsMax);
    expect(replies().map((message) => message.replies.length)).toEqual([50, 50, 20]);
    expect(replies().flatMap((message) => message.replies.map(({ id }) => id))).toEqual(ids);
  });

  test('that cannot be sent stop no others, of this gateway or another', async () => {
    nats.charsMax = 300_000;
    receive([request({ id: 1 }), request({ id: 2 })], `${gatewayA}.1`);
    receive([request({ id: 3 })], `${gatewayB}.1`);
    const [first, ...others] = mailboxes.take(10) as [PendingCommand, ...PendingCommand[]];
    answer([first], JSON.stringify('x'.repeat(400_000)));
    // The second does not fit beside the first, which is sent, and fails, while the second is being answered.
    answer(others, JSON.stringify('x'.repeat(200_000)));
    await turnOfTheLoop();
    receive([request({ id: 4, epoch: 4 })], `${gatewayA}.2`);
    await turnOfTheLoop();
    const answered = replies().map((message) => [message.inbox, message.replies.map(({ id }) => id)]);
    expect(answered).toHaveLength(3);
    expect(answered).toEqual(
      expect.arrayContaining([
        [gatewayA, [2]],
        [gatewayB, [3]],
        [gatewayA, [4]],
      ]),
    );
    expect(mailboxes.depth(1)).toBe(0);
    expect(logged).toEqual([expect.objectContaining({ level: 50, msg: 'answers could not be sent' })]);
  });

  test('leave before their batch is told, and in one write with it', async () => {
    receive([request({ id: 1 })]);
    server.tellBatch({ batchSeq: 7 } as BatchCommitted);
    expect(nats.published).toEqual([]);
    answer(mailboxes.take(10), statusChanged);
    // What is published in one turn's microtasks the client writes at once.
    await Promise.resolve();
    expect(nats.published.map(({ subject }) => subject)).toEqual([gatewayA, batchSubject(namespace)]);
    await turnOfTheLoop();
    expect(nats.published).toHaveLength(2);
  });

  test('that nobody waits for keep no batch from being told', async () => {
    nats.charsMax = 40;
    for (const batchSeq of [7, 8])
      server.tellBatch({ batchSeq, workerId: 'x'.repeat(batchSeq === 7 ? 40 : 1) } as BatchCommitted);
    await turnOfTheLoop();
    expect(nats.published).toEqual([{ subject: batchSubject(namespace), text: '{"batchSeq":8,"workerId":"x"}' }]);
    expect(logged).toEqual([expect.objectContaining({ level: 50, msg: 'a batch could not be told' })]);
  });

  test('that cannot be sent at the end of a turn are logged and forgotten', async () => {
    nats.charsMax = 1_000;
    receive([request({ id: 1 })]);
    answer(mailboxes.take(10), JSON.stringify('x'.repeat(2_000)));
    await turnOfTheLoop();
    receive([request({ id: 2, epoch: 4 })]);
    await turnOfTheLoop();
    expect(replies()).toEqual([{ inbox: gatewayA, replies: [{ id: 2, results: [notOwner] }] }]);
    expect(logged).toEqual([expect.objectContaining({ level: 50, msg: 'answers could not be sent' })]);
  });
});

describe('a message', () => {
  const good = { requests: [request({ id: 7 })] };
  const unreadable = expect.objectContaining({ level: 50, msg: 'a message cannot be read' });

  test.each([
    ['is empty', ''],
    ['is not JSON', 'no'],
    ['is null', 'null'],
    ['has no requests', '{}'],
    ['has no list of requests', '{"requests":{}}'],
    ['has a request of the wrong shape beside a good one', JSON.stringify({ requests: [...good.requests, null] })],
  ])('that cannot be read is answered as such, to its own reply subject: it %s', async (_, text) => {
    deliver(text, `${gatewayA}.1`);
    await turnOfTheLoop();
    expect(nats.published).toEqual([{ subject: `${gatewayA}.1`, text: '{"replies":null}' }]);
    expect(mailboxes.take(10)).toEqual([]);
    expect(logged).toEqual([unreadable]);
  });

  test.each([
    ['readable', JSON.stringify(good)],
    ['unreadable', 'no'],
  ])('without a reply subject is left alone: it is %s', async (_, text) => {
    deliver(text, '');
    await turnOfTheLoop();
    expect(nats.published).toEqual([]);
    expect(mailboxes.take(10)).toEqual([]);
    expect(logged).toEqual([unreadable]);
  });

  test.each([
    ['none', 'inbox'],
    ['the place of all inboxes', `${inboxPrefix(namespace)}.1`],
    ['where only engines speak', `${ownershipSubject(namespace)}.1`],
    ['another platform', 'other.inbox.a.1'],
  ])('whose reply subject names %s is taken for nothing, and nothing is said there', async (_, reply) => {
    for (const text of [JSON.stringify(good), 'no']) deliver(text, reply);
    await turnOfTheLoop();
    expect(nats.published).toEqual([]);
    expect(mailboxes.take(10)).toEqual([]);
    expect(logged).toEqual([unreadable, unreadable]);
  });

  test('of a gateway of 0.1.0 is answered', async () => {
    receive([request({ id: 7, epoch: 4 })], '_INBOX.a.1');
    await turnOfTheLoop();
    expect(replies()).toEqual([{ inbox: '_INBOX.a', replies: [{ id: 7, results: [notOwner] }] }]);
  });
});

/** Remembers what is subscribed and published, as the NATS client would take it, and delivers nothing by itself. */
class StubNats {
  readonly published: { subject: string; text: string }[] = [];
  readonly callbacks = new Map<string, (error: Error | null, message: Msg) => void>();
  /** Longer messages are refused with a throw, as the client does beyond the server's limit. */
  charsMax = Number.POSITIVE_INFINITY;

  subscribe(subject: string, { callback }: { callback: (error: Error | null, message: Msg) => void }): void {
    this.callbacks.set(subject, callback);
  }

  publish(subject: string, text: string): void {
    if (text.length > this.charsMax) throw new Error('the payload is too large');
    this.published.push({ subject, text });
  }

  isClosed(): boolean {
    return false;
  }

  status(): AsyncIterable<never> {
    return { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  }
}

interface RequestParts {
  id: number;
  partition?: number;
  epoch?: number;
  commands?: unknown[];
  msLeft?: number;
}

function request({ id, partition = 1, epoch = 5, commands = [change()], msLeft = 60_000 }: RequestParts) {
  return { id, partition, epoch, msLeft: commands.map(() => msLeft), commands };
}

/** Each has a key of its own: none joins another. */
function change(): Command {
  return statusChange(a, 'ACTIVE');
}

function receive(requests: object[], reply = `${gatewayA}.1`): void {
  deliver(JSON.stringify({ requests }), reply);
}

/** An empty reply subject is none, as in the NATS client. */
function deliver(text: string, reply: string): void {
  const subject = commandSubject(namespace, workerId);
  const message: Pick<Msg, 'subject' | 'reply' | 'data' | 'json' | 'respond'> = {
    subject,
    reply,
    data: Buffer.from(text),
    json: <T>() => JSON.parse(text) as T,
    respond(payload) {
      if (reply) nats.publish(reply, payload as string);
      return reply !== '';
    },
  };
  const callback = nats.callbacks.get(subject);
  if (!callback) throw new Error('the engine does not listen to its subject');
  callback(null, message as Msg);
}

function answer(pending: PendingCommand[], text: Answer): void {
  for (const each of pending) mailboxes.answer(each, text);
}

function replies() {
  return nats.published.map(({ subject, text }) => {
    const message: ReplyMessage = JSON.parse(text);
    return { inbox: subject, replies: message.replies ?? [] };
  });
}
