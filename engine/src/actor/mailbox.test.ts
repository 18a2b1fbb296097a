import { describe, expect, test } from 'vitest';
import { type Answer, answerText, notDone } from '../answers.js';
import { mailboxBytesMax, mailboxCommandsMax, mailboxesSharedBytesMax, mailboxOwnBytes } from '../contract/limits.js';
import { atomicBatch, payment, statusChange } from '../testing/test-engines.js';
import { Mailboxes } from './mailbox.js';

const later = () => ({ deadlineAt: performance.now() + 10_000, bytes: 100 });

function opened(): Mailboxes {
  const mailboxes = new Mailboxes();
  mailboxes.open(1);
  mailboxes.open(2);
  return mailboxes;
}

describe('mailboxes', () => {
  test('give commands in order of arrival, over all partitions', () => {
    const mailboxes = opened();
    const commands = [payment('a', 'b', 1n), statusChange('c', 'ACTIVE'), payment('d', 'e', 1n)];
    for (const [i, command] of commands.entries()) mailboxes.offer((i % 2) + 1, command, later(), () => {});
    expect(mailboxes.take(10).map(({ command }) => command)).toEqual(commands);
  });

  test('take no more payments than a batch holds, atomic batches whole', () => {
    const mailboxes = opened();
    mailboxes.offer(1, payment('a', 'b', 1n), later(), () => {});
    mailboxes.offer(
      1,
      atomicBatch([
        ['a', 'b', 1n],
        ['a', 'c', 1n],
      ]),
      later(),
      () => {},
    );
    expect(mailboxes.take(2)).toHaveLength(1);
    expect(mailboxes.take(2)).toHaveLength(1);
  });

  test('give first what was taken and put back', () => {
    const mailboxes = opened();
    const commands = [payment('a', 'b', 1n), payment('c', 'd', 1n), payment('e', 'f', 1n)];
    for (const command of commands) mailboxes.offer(1, command, later(), () => {});
    const taken = mailboxes.take(2);
    expect(mailboxes.queuedWeight).toBe(1);
    mailboxes.putBack(taken);
    expect(mailboxes.queuedWeight).toBe(3);
    expect(mailboxes.take(10).map(({ command }) => command)).toEqual(commands);
  });

  test('tell when so many payments are queued, or that they are not yet', async () => {
    const mailboxes = opened();
    let told = false;
    const queued = mailboxes.queued(2, 60_000).then(() => {
      told = true;
    });
    mailboxes.offer(1, payment('a', 'b', 1n), later(), () => {});
    await Promise.resolve();
    expect(told).toBe(false);
    mailboxes.offer(2, payment('c', 'd', 1n), later(), () => {});
    await queued;
    await mailboxes.queued(2, 60_000);
    await mailboxes.queued(3, 1);
    expect(mailboxes.queuedWeight).toBe(2);
  });

  test('tell since when the oldest payment waits, queued or in flight', () => {
    const mailboxes = opened();
    expect(mailboxes.oldestInitiatedAtMs()).toBeUndefined();
    mailboxes.offer(1, { ...payment('a', 'b', 1n), initiatedAtMs: 2_000 }, later(), () => {});
    mailboxes.offer(2, { ...payment('c', 'd', 1n), initiatedAtMs: 1_000 }, later(), () => {});
    mailboxes.offer(2, { ...payment('e', 'f', 1n), initiatedAtMs: 3_000 }, later(), () => {});
    const [, second] = mailboxes.take(2);
    expect(mailboxes.oldestInitiatedAtMs()).toBe(1_000);
    mailboxes.answer(second as NonNullable<typeof second>, 'done');
    expect(mailboxes.oldestInitiatedAtMs()).toBe(2_000);
  });

  test('join an identical command in flight, and queue another one under its key', () => {
    const mailboxes = opened();
    const command = payment('a', 'b', 1n);
    const answers: string[] = [];
    mailboxes.offer(1, command, later(), (answer) => answers.push(`first ${answer}`));
    const [pending] = mailboxes.take(1);
    mailboxes.offer(1, command, later(), (answer) => answers.push(`second ${answer}`));
    const other = payment('a', 'b', 2n, { idempotencyKey: command.idempotencyKey });
    mailboxes.offer(1, other, later(), (answer) => answers.push(`other ${answer}`));
    const [rival] = mailboxes.take(2);
    expect(rival?.command).toBe(other);
    mailboxes.answer(pending as NonNullable<typeof pending>, 'done');
    mailboxes.answer(pending as NonNullable<typeof pending>, 'again');
    expect(answers).toEqual(['first done', 'second done']);
    expect(mailboxes.depth(1)).toBe(1);
    mailboxes.answer(rival as NonNullable<typeof rival>, 'refused');
    expect(answers.at(-1)).toBe('other refused');
    expect(mailboxes.depth(1)).toBe(0);
  });

  test('refuse what does not fit, counting what is in flight, and take again when there is room', () => {
    const mailboxes = opened();
    const refused: string[] = [];
    for (let i = 0; i < mailboxCommandsMax; i += 1) mailboxes.offer(1, statusChange('a', 'ACTIVE'), later(), () => {});
    const [first] = mailboxes.take(1);
    mailboxes.offer(1, payment('a', 'b', 1n), later(), (answer) => refused.push(JSON.parse(answerText(answer)).code));
    expect(refused).toEqual(['OVERLOADED']);
    mailboxes.answer(first as NonNullable<typeof first>, 'done');
    mailboxes.offer(1, payment('a', 'b', 1n), later(), (answer) => refused.push(answerText(answer)));
    expect(refused).toHaveLength(1);
    expect(mailboxes.depth(1)).toBe(mailboxCommandsMax);
  });

  test('refuse what would take more bytes than a mailbox may hold, until some are answered', () => {
    const mailboxes = opened();
    const refused: string[] = [];
    const offer = (bytes: number) =>
      mailboxes.offer(1, payment('a', 'b', 1n), { ...later(), bytes }, (answer) =>
        refused.push(JSON.parse(answerText(answer)).code),
      );
    const megabyte = 1_048_576;
    for (let held = 0; held < mailboxBytesMax; held += megabyte) offer(megabyte);
    expect(mailboxes.bytes).toBe(mailboxBytesMax);
    offer(1);
    expect(refused).toEqual(['OVERLOADED']);
    const [first] = mailboxes.take(1);
    offer(megabyte); // what is in flight counts
    expect(refused).toHaveLength(2);
    mailboxes.answer(first as NonNullable<typeof first>, notDone('DEADLINE_EXCEEDED'));
    refused.length = 0;
    offer(megabyte);
    expect(refused).toEqual([]);
    expect(mailboxes.bytes).toBe(mailboxBytesMax);
  });

  test('leave room for others however many partitions are flooded, and bound the engine as a whole', () => {
    const mailboxes = new Mailboxes();
    const refused: number[] = [];
    const offer = (partition: number, bytes: number) =>
      mailboxes.offer(partition, payment('a', 'b', 1n), { ...later(), bytes }, () => refused.push(partition));
    const share = 65_536;
    for (let partition = 0; partition < 63; partition += 1) {
      mailboxes.open(partition);
      while (!refused.includes(partition)) offer(partition, share);
    }
    expect(mailboxes.bytes).toBeGreaterThan(mailboxesSharedBytesMax / 2);
    mailboxes.open(63);
    for (let bytes = 0; bytes < mailboxOwnBytes; bytes += share) offer(63, share);
    expect(refused).not.toContain(63);
    offer(63, share);
    expect(refused).toContain(63);
    expect(mailboxes.bytes).toBeLessThanOrEqual(mailboxesSharedBytesMax + 64 * mailboxOwnBytes);
    for (const pending of mailboxes.take(1_000_000)) mailboxes.answer(pending, notDone('DEADLINE_EXCEEDED'));
    expect(mailboxes.bytes).toBe(0);
  });

  test('drop what is out of time, undecided', () => {
    const mailboxes = opened();
    const codes: string[] = [];
    const late = (answer: Answer) => codes.push(JSON.parse(answerText(answer)).code);
    mailboxes.offer(1, payment('a', 'b', 1n), { deadlineAt: performance.now() - 1, bytes: 0 }, late);
    mailboxes.dropExpired();
    mailboxes.offer(1, payment('a', 'b', 1n), { deadlineAt: performance.now() - 1, bytes: 0 }, late);
    expect(mailboxes.take(10)).toEqual([]);
    expect(codes).toEqual(['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED']);
  });

  test('send a lost partition’s commands away and tell when a leaving one is empty', async () => {
    const mailboxes = opened();
    const codes: string[] = [];
    mailboxes.offer(1, payment('a', 'b', 1n), later(), (answer) => codes.push(JSON.parse(answerText(answer)).code));
    mailboxes.offer(2, payment('a', 'b', 1n), later(), () => {});
    let empty = false;
    const emptied = mailboxes.emptied(2).then(() => {
      empty = true;
    });
    mailboxes.abandon(1);
    expect(codes).toEqual(['NOT_OWNER']);
    mailboxes.offer(1, payment('a', 'b', 1n), later(), (answer) => codes.push(JSON.parse(answerText(answer)).code));
    expect(codes).toEqual(['NOT_OWNER', 'NOT_OWNER']);
    const [pending] = mailboxes.take(10);
    await Promise.resolve();
    expect(empty).toBe(false);
    mailboxes.answer(pending as NonNullable<typeof pending>, 'done');
    await emptied;
  });
});
