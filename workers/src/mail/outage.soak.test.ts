import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Part } from '../part.js';
import { MailSink, type SunkMail } from '../testing/mail-sink.js';
import { openWorkersScratch, type WorkersScratch } from '../testing/workers-scratch.js';
import { enqueueMail } from './enqueue-mail.js';
import { openMail } from './open-mail.js';

const downMs = Number(process.env.SOAK_SECONDS ?? 150) * 1_000;
const sink = new MailSink();
let workers: WorkersScratch;
const parts: Part[] = [];

beforeAll(async () => {
  await sink.start();
  workers = await openWorkersScratch({ SMTP_URL: sink.url, LOG_LEVEL: 'silent' });
  parts.push(openMail(workers), openMail({ ...workers, metrics: new Registry() }));
  for (const part of parts) await part.start();
});
afterAll(async () => {
  await Promise.all(parts.map((part) => part.stop()));
  await workers?.close();
  await sink.stop();
});

const enqueue = (subject: string) =>
  enqueueMail(workers.database as never, { mailKey: subject, to: 'ann@example.com', subject, text: subject });
const subject = ({ headers }: SunkMail) => headers.get('subject')?.[0] ?? '';
const messageId = ({ headers }: SunkMail) => headers.get('message-id')?.[0];
async function pending(): Promise<number> {
  const { rows } = await workers.scratch.admin.query(`SELECT count(*)::int AS n FROM mails WHERE status <> 'SENT'`);
  return rows[0].n;
}
const allSent = () => vi.waitFor(async () => expect(await pending()).toBe(0), { timeout: 180_000, interval: 500 });

test('500 mails and a mail server that is away for minutes, then silent: each arrives once', async () => {
  await sink.stop();
  for (let i = 0; i < 500; i++) {
    await enqueue(`mail ${i}`);
    if (i % 100 === 99) await sleep(downMs / 10);
  }
  await sleep(downMs / 2);
  expect(await pending()).toBe(500);
  // It takes connections and says nothing.
  sink.behave = (stage) => (stage === 'greeting' ? 'HANG' : undefined);
  await sink.start();
  await sleep(20_000);
  expect([await pending(), sink.mails.length]).toEqual([500, 0]);
  const back = performance.now();
  sink.behave = () => undefined;
  await allSent();
  const tookS = (performance.now() - back) / 1_000;
  const { rows } = await workers.scratch.admin.query('SELECT max(attempts) AS attempts, count(*)::int AS n FROM mails');
  console.log({ arrived: sink.mails.length, tookS, attempts: rows[0].attempts, connections: sink.connectionsMade });
  expect(sink.mails.map(subject).sort()).toEqual(Array.from({ length: 500 }, (_, i) => `mail ${i}`).sort());
});

test('a mail server that takes mails and then hangs, or goes: each arrives, and twice only as the same one', async () => {
  sink.mails.length = 0;
  let taken = 0;
  sink.behave = (stage) => {
    if (stage !== 'message') return undefined;
    taken += 1;
    return taken % 10 === 1 ? 'HANG' : taken % 10 === 2 ? 'DROP' : undefined;
  };
  for (let i = 0; i < 50; i++) await enqueue(`hung ${i}`);
  // Those that hang wait for their time, and all that failed for theirs: as if it had come.
  const early = setInterval(() => {
    void workers.scratch.admin.query(
      `UPDATE mails SET next_attempt_at = clock_timestamp() WHERE status = 'PENDING' AND claimed_until IS NULL`,
    );
  }, 1_000);
  try {
    await allSent();
  } finally {
    clearInterval(early);
  }
  const arrived = Map.groupBy(sink.mails, subject);
  console.log({ mails: arrived.size, arrived: sink.mails.length });
  expect(arrived.size).toBe(50);
  for (const [, mails] of arrived) expect(new Set(mails.map(messageId)).size).toBe(1);
});
