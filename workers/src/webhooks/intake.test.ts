import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { Intake } from './intake.js';
import { isOwnFault } from './intake-part.js';

const silent = pino({ level: 'silent' });

test('while there is no webhook marks are taken away at every message: another worker may have left some', async () => {
  const said: string[] = [];
  const database = {
    query: async (text: string) => {
      said.push(text);
      return { rows: [] };
    },
  };
  const intake = new Intake(database as never, () => {}, silent);
  const message = { messageId: 'm', body: { events: [] }, raw: { content: Buffer.from('{}') }, failures: 0 } as never;
  expect([await intake.take(message), await intake.take(message)]).toEqual(['DONE', 'DONE']);
  expect(said.filter((text) => text.startsWith('DELETE FROM webhook_intake'))).toHaveLength(2);
});

const eventOf = (type = 't') => ({ eventId: uuidv7(), type, partition: null, sequence: 1, data: {} });
function messageOf(...events: object[]): never {
  const body = { events };
  return { messageId: 'm', body, raw: { content: Buffer.from(JSON.stringify(body)) }, failures: 0 } as never;
}

/** Postgres with so many webhooks of everything; `refuse` may throw before the deliveries of these events are written. */
function postgres(webhooks: number, refuse: (eventIds: string[]) => void = () => {}) {
  const made = new Map<string, number>();
  const commits: number[] = [];
  const tried: number[] = [];
  let written: string[] = [];
  const client = {
    release() {},
    async query(asked: string | { name: string; values: string[][] }) {
      if (asked === 'BEGIN') written = [];
      if (asked === 'COMMIT') {
        commits.push(written.length);
        for (const eventId of written) made.set(eventId, (made.get(eventId) ?? 0) + 1);
      }
      if (typeof asked === 'string' || asked.name !== 'webhooks deliveries') return { rows: [] };
      const eventIds = asked.values[2] as string[];
      written.push(...eventIds);
      tried.push(eventIds.length);
      refuse(eventIds);
      return { rowCount: eventIds.length };
    },
  };
  const hook = { event_types: ['*'], wallet_ids: null, created_at: new Date() };
  const rows = Array.from({ length: webhooks }, (_, i) => ({ ...hook, webhook_id: `w${i}` }));
  const intake = new Intake({ query: async () => ({ rows }), connect: async () => client } as never, () => {}, silent);
  return { intake, made, commits, tried };
}

test('however many webhooks there are a commit has 2,000 deliveries at most, and each message all of its own', async () => {
  const { intake, made, commits } = postgres(99);
  const messages = Array.from({ length: 15 }, () => Array.from({ length: 20 }, () => eventOf()));
  const verdicts = await Promise.all(messages.map((events) => intake.take(messageOf(...events))));
  expect(verdicts).toEqual(messages.map(() => 'DONE'));
  expect(Math.max(...commits)).toBeLessThanOrEqual(2_000);
  expect(Math.min(...commits.slice(0, -1))).toBeGreaterThan(1_900);
  expect([...made.values()]).toEqual(Array(300).fill(99));
});

test('what took too long is tried with half of it, and each delivery is made once', async () => {
  let timeouts = 0;
  const { intake, made, tried } = postgres(50, (eventIds) => {
    if (eventIds.length > 1_000 && timeouts++ < 1) throw Object.assign(new Error('timeout'), { code: '25P04' });
  });
  const events = Array.from({ length: 60 }, () => eventOf());
  expect(await intake.take(messageOf(...events))).toBe('DONE');
  expect(tried).toEqual([2_000, 1_000, 1_100, 900]);
  expect([...made.values()]).toEqual(Array(60).fill(50));
});

test('an event that can never be written down sends its message back, and all others go on; for a database that is away all wait', async () => {
  const poison = eventOf('poison');
  let away = 1;
  const { intake, made } = postgres(3, (eventIds) => {
    if (away-- > 0) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    if (eventIds.includes(poison.eventId)) throw Object.assign(new Error('no such number'), { code: '22003' });
  });
  const [before, behind, after] = [eventOf(), eventOf(), eventOf()];
  const taken = [messageOf(before, poison, behind), messageOf(after)].map((message) => intake.take(message));
  expect(await Promise.all(taken)).toEqual(['AGAIN', 'DONE']);
  expect([before, poison, behind, after].map(({ eventId }) => made.get(eventId))).toEqual([3, undefined, 3, 3]);
});

test('a database that is away, full, read-only or shut down says nothing of an event', () => {
  for (const code of ['ECONNREFUSED', '57P01', '53100', '25006', '42501', '08006', '40001']) {
    expect(isOwnFault(Object.assign(new Error(), { code }))).toBe(false);
  }
  for (const code of ['22003', '23514', '54000', '57014', '25P04']) {
    expect(isOwnFault(Object.assign(new Error(), { code }))).toBe(true);
  }
  expect([isOwnFault(new Error('Query read timeout')), isOwnFault(new RangeError())]).toEqual([false, true]);
});
