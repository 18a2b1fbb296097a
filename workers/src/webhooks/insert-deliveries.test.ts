import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { insertDeliveries, type TextEvent } from './insert-deliveries.js';

/** What is written, statement by statement. */
function written() {
  const statements: { name: string; columns: string[][] }[] = [];
  const query = async ({ name, values }: { name: string; values: unknown[] }) => {
    const columns = values.filter((value) => Array.isArray(value)) as string[][];
    statements.push({ name, columns });
    return { rowCount: columns[0]?.length };
  };
  return { statements, client: { query } as never };
}
const madeAt = new Date('2026-01-31T12:00:00.000Z');
const hook = (webhookId: string) => ({ webhookId, eventTypes: ['*'], walletIds: null, createdAt: madeAt });
const event = (occurredAt = madeAt.toISOString()): TextEvent => {
  const eventId = uuidv7();
  return {
    event: { eventId, type: 'alert.raised', partition: null, sequence: 1, occurredAt, data: {} },
    text: eventId,
  };
};

test('however many deliveries a group of events makes, a statement writes 5,000, in the order of the events', async () => {
  const { statements, client } = written();
  const events = Array.from({ length: 130 }, () => event());
  const hooks = Array.from({ length: 100 }, (_, i) => hook(`w${i}`));
  expect(await insertDeliveries(client, events.toReversed(), hooks)).toBe(13_000);
  const deliveries = statements.filter(({ name }) => name === 'webhooks deliveries');
  expect(deliveries.map(({ columns }) => columns[0]?.length)).toEqual([5_000, 5_000, 3_000]);
  for (const { columns } of statements) for (const column of columns) expect(column.length).toBeLessThanOrEqual(5_000);
  const eventIds = deliveries.flatMap(({ columns }) => columns[2] as string[]);
  expect(eventIds).toEqual(events.flatMap(({ text }) => Array(100).fill(text)));
  expect(new Set(deliveries.flatMap(({ columns }) => columns[0])).size).toBe(13_000);
  // Ids run as the events came.
  const idOf = (text: string) => deliveries.flatMap(({ columns }) => columns[0] as string[])[eventIds.indexOf(text)];
  expect((idOf(events[129]?.text as string) as string) < (idOf(events[0]?.text as string) as string)).toBe(true);
});

test('what happened before there was a webhook is none of its live events, but of its replays', async () => {
  const before = event('2026-01-31T11:58:59.000Z');
  const [justBefore, after] = [event('2026-01-31T11:59:30.000Z'), event('2026-01-31T12:00:01.000Z')];
  const live = written();
  expect(await insertDeliveries(live.client, [before, justBefore, after], [hook('w')])).toBe(2);
  expect(live.statements.at(-1)?.columns[2]).toEqual([justBefore.text, after.text]);
  expect(await insertDeliveries(written().client, [before, justBefore, after], [hook('w')], uuidv7())).toBe(3);
});
