import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Mailboxes, type PendingCommand } from '../actor/mailbox.js';
import { notDone, nothingDue } from '../answers.js';
import { expiriesAtOnceMax, expiryEveryMs, HoldExpiry } from './hold-expiry.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** An engine that owns partition 1, and what its database says. */
class Given {
  /** Holds that are due by the ledger, oldest first. */
  due: string[] = [];
  owned = [1];
  /** How the database answers: at once, unless a test says otherwise. */
  answer: () => Promise<void> = async () => {};
  looks = 0;
  readonly warnings: string[] = [];
  readonly mailboxes = new Mailboxes();
  readonly expiry: HoldExpiry;

  constructor() {
    this.mailboxes.open(1);
    this.expiry = new HoldExpiry({
      database: {
        nowMs: () => 1_000,
        query: async (_text: string, [, max]: unknown[] = []) => {
          this.looks += 1;
          await this.answer();
          return this.due.slice(0, max as number).map((hold_id) => ({ hold_id, partition: 1 })) as never[];
        },
      },
      mailboxes: this.mailboxes,
      owned: () => this.owned,
      log: { warn: (_: object, text: string) => this.warnings.push(text) } as unknown as pino.Logger,
    });
    this.expiry.start();
  }

  async pass(ms = expiryEveryMs): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }

  /** Expiries that are queued, as a commit loop takes them. */
  taken(): PendingCommand[] {
    return this.mailboxes.take(100_000);
  }

  answerAll(pending: readonly PendingCommand[], answer = nothingDue): void {
    for (const one of pending) this.mailboxes.answer(one, answer);
  }
}

const holdsOf = (pending: readonly PendingCommand[]) =>
  pending.map(({ command }) => (command as { holdId: string }).holdId);

describe('holds whose time is over', () => {
  test('are ended by a command each, under a key that is the same for every owner', async () => {
    const [given, heir] = [new Given(), new Given()];
    given.due = ['h1', 'h2'];
    heir.due = ['h1'];
    await given.pass();
    await heir.pass(0);
    const [first] = given.taken() as [PendingCommand];
    expect(first.command).toMatchObject({ type: 'EXPIRY', holdId: 'h1', initiatedAtMs: 1_000 });
    const [same] = heir.taken() as [PendingCommand];
    expect(same.command.keyDigest).toBe(first.command.keyDigest);
    expect(same.command.requestHash).toBe(first.command.requestHash);
  });

  test('are not asked for twice while their expiry is under way, and again when it was not done', async () => {
    const given = new Given();
    given.due = ['h1'];
    await given.pass();
    const first = given.taken();
    expect(holdsOf(first)).toEqual(['h1']);
    await given.pass(3 * expiryEveryMs);
    expect(given.taken()).toEqual([]);
    given.answerAll(first, notDone('STORAGE_UNAVAILABLE'));
    await given.pass();
    expect(holdsOf(given.taken())).toEqual(['h1']);
  });

  test('come a bounded number at once, the oldest first, and the others follow', async () => {
    const given = new Given();
    given.due = Array.from({ length: 2 * expiriesAtOnceMax + 5 }, (_, i) => `h${i}`);
    const ended: string[] = [];
    for (let look = 0; look < 3; look += 1) {
      await given.pass();
      const taken = given.taken();
      expect(taken.length).toBeLessThanOrEqual(expiriesAtOnceMax);
      ended.push(...holdsOf(taken));
      given.due = given.due.slice(taken.length);
      given.answerAll(taken);
    }
    expect(ended).toEqual(Array.from({ length: 2 * expiriesAtOnceMax + 5 }, (_, i) => `h${i}`));
  });

  test('of a partition that was lost are dropped, and looked for again when it comes back', async () => {
    const given = new Given();
    given.due = ['h1'];
    await given.pass();
    given.mailboxes.abandon(1);
    given.owned = [];
    const { looks } = given;
    await given.pass(2 * expiryEveryMs);
    expect(given.looks).toBe(looks);
    given.mailboxes.open(1);
    given.owned = [1];
    await given.pass();
    expect(holdsOf(given.taken())).toEqual(['h1']);
  });
});

describe('a database', () => {
  test('that fails is asked again, and said to be away once in a while', async () => {
    const given = new Given();
    given.answer = () => Promise.reject(new Error('away'));
    await given.pass(10 * expiryEveryMs);
    expect(given.looks).toBe(10);
    expect(given.warnings).toHaveLength(1);
    given.answer = async () => {};
    given.due = ['h1'];
    await given.pass();
    expect(holdsOf(given.taken())).toEqual(['h1']);
  });

  test('that stays silent is asked one question at a time', async () => {
    const given = new Given();
    let wake = () => {};
    given.answer = () => new Promise((resolve) => (wake = resolve));
    await given.pass(10 * expiryEveryMs);
    expect(given.looks).toBe(1);
    given.due = ['h1'];
    wake();
    await given.pass(0);
    expect(holdsOf(given.taken())).toEqual(['h1']);
  });
});

test('an engine that stops waits for the look under way, begins nothing with what it finds, and none follows', async () => {
  const given = new Given();
  let wake = () => {};
  given.answer = () => new Promise((resolve) => (wake = resolve));
  await given.pass();
  given.due = ['h1'];
  let stopped = false;
  const stopping = given.expiry.stop().then(() => {
    stopped = true;
  });
  await given.pass(0);
  expect(stopped).toBe(false);
  wake();
  await stopping;
  expect(given.taken()).toEqual([]);
  await given.pass(3 * expiryEveryMs);
  expect(given.looks).toBe(1);
});
