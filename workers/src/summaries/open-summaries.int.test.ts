import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Publisher } from '../broker/publisher.js';
import type { Part } from '../part.js';
import { openWorkersScratch, type WorkersScratch } from '../testing/workers-scratch.js';
import { openSummaries } from './open-summaries.js';

/** Requests on their way to the queue, of which the broker does not take some. */
let workers: WorkersScratch;
let part: Part | undefined;
const refused = new Set<string>();

beforeAll(async () => {
  workers = await openWorkersScratch({ LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent' });
  const publisher = {
    async publish(...[to, message]: Parameters<Publisher['publish']>) {
      if (refused.has(message.messageId)) throw new Error('there is no room in the queue');
      await workers.publisher.publish(to, message);
    },
  } as Publisher;
  part = openSummaries({ ...workers, publisher });
});
afterAll(async () => {
  await part?.stop();
  await workers?.close();
});

const admin = () => workers.scratch.admin;
/** Asked for so long ago that its day need not be closed. */
async function request(minutesAgo: number): Promise<string> {
  const requestId = randomUUID();
  await admin().query(
    `INSERT INTO summary_requests (request_id, summary_date, requested_by, requested_at) VALUES ($1, '2026-01-31', 'x', now() - make_interval(mins => $2))`,
    [requestId, minutesAgo],
  );
  return requestId;
}
const made = async () =>
  (await admin().query('SELECT request_id FROM summary_requests WHERE summary_id IS NOT NULL')).rows.map(
    ({ request_id }) => request_id,
  );

test('a request that the broker does not take holds up no other, and is published again soon', async () => {
  const first = await request(30);
  const rest = [await request(29), await request(28), await request(27)];
  refused.add(first);
  await part?.start();
  await vi.waitFor(async () => expect((await made()).sort()).toEqual([...rest].sort()), 15_000);
  refused.clear();
  await vi.waitFor(async () => expect(await made()).toContain(first), 25_000);
}, 60_000);
