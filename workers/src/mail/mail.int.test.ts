import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type ConfirmChannel, connect } from 'amqplib';
import { Registry } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { queues } from '../broker/topology.js';
import { openDeadLetters } from '../dead-letters/open-dead-letters.js';
import type { Part } from '../part.js';
import { MailSink } from '../testing/mail-sink.js';
import { openWorkersScratch, type WorkersScratch } from '../testing/workers-scratch.js';
import { DueMails } from './due-mails.js';
import { BadMailError, enqueueMail, type Mail } from './enqueue-mail.js';
import { takeDueMails } from './mail-rows.js';
import { MailSender } from './mail-sender.js';
import { openMail } from './open-mail.js';

/** RabbitMQ, Postgres, and a mail server that behaves as it is told; two workers send, and one keeps the dead letters. */
const sink = new MailSink();
let workers: WorkersScratch;
const parts: Part[] = [];

beforeAll(async () => {
  await sink.start();
  workers = await openWorkersScratch({ SMTP_URL: sink.url, LOG_LEVEL: 'silent' });
  parts.push(openMail(workers), openDeadLetters(workers), openMail({ ...workers, metrics: new Registry() }));
  for (const part of parts) await part.start();
});
afterAll(async () => {
  await Promise.all(parts.map((part) => part.stop()));
  await workers?.close();
  await sink.stop();
});
afterEach(() => {
  sink.behave = () => undefined;
});

const admin = () => workers.scratch.admin;
const mail = (mailKey: string, more: Partial<Mail> = {}): Mail => ({
  ...{ mailKey, to: 'ann@example.com', subject: mailKey, text: `This is ${mailKey}.` },
  ...more,
});
const enqueue = (mailKey: string, more: Partial<Mail> = {}) =>
  enqueueMail(workers.database as never, mail(mailKey, more));
const rowOf = async (mailKey: string) =>
  (await admin().query('SELECT * FROM mails WHERE mail_key = $1', [mailKey])).rows[0];
const sunk = (mailKey: string) => sink.mails.filter(({ headers }) => headers.get('subject')?.[0] === mailKey);
const arrived = (mailKey: string, times = 1) => vi.waitFor(() => expect(sunk(mailKey)).toHaveLength(times), 20_000);
const inState = (mailKey: string, state: object) =>
  vi.waitFor(async () => expect(await rowOf(mailKey)).toMatchObject(state), 20_000);
/** As if its time had come. */
const isDue = (mailKey: string) =>
  admin().query(
    "UPDATE mails SET next_attempt_at = clock_timestamp(), claimed_until = claimed_until - interval '1 day' WHERE mail_key = $1",
    [mailKey],
  );
const letters = async (messageId: string) =>
  (await admin().query('SELECT * FROM dead_letters WHERE message_id = $1 ORDER BY dead_letter_id', [messageId])).rows;
const replay = async (deadLetterId: string) =>
  (await admin().query('SELECT replay_dead_letter($1, $2, NULL) AS outcome', [deadLetterId, 'token:ops'])).rows[0]
    .outcome;

test('a mail arrives as it was written, once, and says that nobody wrote it', async () => {
  const image = {
    filename: 'chart.png',
    contentType: 'image/png',
    contentId: 'chart',
    content: Buffer.from('a chart'),
  };
  await enqueue('plain', { html: '<p>Hi</p><img src="cid:chart">', inline: [image] });
  await arrived('plain');
  const { message_id, created_at } = await rowOf('plain');
  const [{ from, recipients, headers, raw } = {} as never] = sunk('plain');
  expect([from, recipients]).toEqual(['MAIL FROM:<wallet@smart-wallet.localhost>', ['RCPT TO:<ann@example.com>']]);
  expect(Object.fromEntries(headers)).toMatchObject({
    from: ['Smart Wallet <wallet@smart-wallet.localhost>'],
    to: ['ann@example.com'],
    'message-id': [message_id],
    'auto-submitted': ['auto-generated'],
    date: [created_at.toUTCString().replace('GMT', '+0000')],
  });
  expect(raw).toContain('This is plain.');
  expect(raw).toContain('Content-ID: <chart>');
  expect(raw).toContain(image.content.toString('base64'));
  await inState('plain', { status: 'SENT', attempts: 1, last_error: null });
});

test('while the mail server is away mails wait, and each arrives once when it is back, over few connections', async () => {
  await sink.stop();
  const keys = Array.from({ length: 60 }, (_one, index) => `outage ${index}`);
  for (const key of keys) await enqueue(key);
  await vi.waitFor(async () => {
    const { rows } = await admin().query(
      `SELECT count(*)::int FROM mails WHERE mail_key LIKE 'outage%' AND last_error IS NOT NULL`,
    );
    expect(rows[0].count).toBeGreaterThan(0);
  }, 10_000);
  Object.assign(sink, { connectionsMax: 0 });
  await sink.start();
  await vi.waitFor(
    () => expect(sink.mails.filter(({ raw }) => raw.includes('This is outage')).length).toBeGreaterThanOrEqual(60),
    20_000,
  );
  for (const key of keys) {
    expect(sunk(key)).toHaveLength(1);
    await inState(key, { status: 'SENT', attempts: 1 });
  }
  expect(sink.connectionsMax).toBeLessThanOrEqual(10);
});

describe('what the mail server says', () => {
  test('later: the mail comes again, under the same Message-ID', async () => {
    sink.behave = (stage) => (stage === 'RCPT' ? '451 greylisted, come back' : undefined);
    await enqueue('later');
    await inState('later', { status: 'PENDING', attempts: 1, last_error: expect.stringContaining('451 greylisted') });
    const { next_attempt_at, message_id } = await rowOf('later');
    expect(next_attempt_at.getTime()).toBeGreaterThan(Date.now() + 5_000);
    sink.behave = () => undefined;
    await isDue('later');
    await arrived('later');
    expect(sunk('later')[0]?.headers.get('message-id')).toEqual([message_id]);
    await inState('later', { status: 'SENT', attempts: 2 });
  });

  test('never: it lies with the dead letters once, and a replay sends it', async () => {
    sink.behave = (stage) => (stage === 'RCPT' ? '550 no such mailbox' : undefined);
    await enqueue('never');
    await inState('never', { status: 'FAILED', attempts: 1 });
    const { mail_id } = await rowOf('never');
    const [letter, ...others] = await letters(mail_id);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({
      queue: 'mail.v1',
      attempts: 1,
      reason: expect.stringContaining('550 no such mailbox'),
      status: 'WAITING',
    });
    expect(JSON.parse(letter.payload)).toEqual({ mailId: mail_id, to: 'ann@example.com', subject: 'never' });

    // It is refused again, and lies there again; then it is taken.
    expect(await replay(letter.dead_letter_id)).toBe('REPLAYING');
    const again = await vi.waitFor(async () => {
      const [first, second] = await letters(mail_id);
      expect([first?.status, second?.status]).toEqual(['REPLAYED', 'WAITING']);
      return second;
    }, 10_000);
    sink.behave = () => undefined;
    await replay(again.dead_letter_id);
    await arrived('never');
    await inState('never', { status: 'SENT' });
    expect(await replay(again.dead_letter_id)).toBe('REPLAYED');
    expect(await letters(mail_id)).toHaveLength(2);
  });

  test('nothing, after it had the mail: it is sent again, under the same Message-ID', async () => {
    let dropped = 0;
    sink.behave = (stage, said) =>
      stage === 'message' && said.includes('is dropped') && dropped++ < 1 ? 'DROP' : undefined;
    await enqueue('dropped');
    await arrived('dropped');
    await inState('dropped', { status: 'PENDING', attempts: 1 });
    await isDue('dropped');
    await arrived('dropped', 2);
    await inState('dropped', { status: 'SENT', attempts: 2 });
    const ids = sunk('dropped').map(({ headers }) => headers.get('message-id')?.[0]);
    expect(new Set(ids)).toEqual(new Set([(await rowOf('dropped')).message_id]));
  });

  test('one mail that ends every connection holds no other one up', async () => {
    sink.behave = (stage, said) => (stage === 'RCPT' && said.includes('bomb') ? 'DROP' : undefined);
    await enqueue('bomb', { to: 'bomb@example.com' });
    await inState('bomb', { status: 'PENDING', attempts: 1 });
    await enqueue('behind the bomb');
    await arrived('behind the bomb');
  });

  test('later, for days: it is given up', async () => {
    sink.behave = (stage) => (stage === 'RCPT' ? '451 come back' : undefined);
    await enqueue('old');
    await inState('old', { status: 'PENDING', attempts: 1 });
    await admin().query(`UPDATE mails SET give_up_at = clock_timestamp() WHERE mail_key = 'old'`);
    await isDue('old');
    await inState('old', { status: 'FAILED' });
    const { mail_id, attempts } = await rowOf('old');
    expect(await letters(mail_id)).toMatchObject([{ attempts, reason: expect.stringContaining('451 come back') }]);
  });
});

describe('nobody adds a recipient or a header', () => {
  const addresses = [
    ...['ann@b.test, evil@x.test', 'ann@b.test;evil@x.test', 'ann@b.test evil@x.test', 'evil@x.test,ann@b.test'],
    ...[
      'ann@b.test\r\nBcc: evil@x.test',
      'ann@b.test\nBcc: evil@x.test',
      'ann@b.test\r\n\r\nHello',
      'ann@b.test\rCc: evil@x.test',
    ],
    ...[
      'ann@b.test>\r\nRCPT TO:<evil@x.test',
      'ann@b.test> SIZE=1',
      '<ann@b.test>',
      'Ann <ann@b.test>',
      'Ann <ann@b.test>, <evil@x.test>',
    ],
    ...[
      '"ann@b.test, evil"@x.test',
      '"ann\r\nBcc: evil"@x.test',
      'ann@b.test(evil@x.test)',
      'group: ann@b.test, evil@x.test;',
    ],
    ...[
      'evil%x.test@b.test',
      'x.test!evil@b.test',
      '@x.test:ann@b.test',
      'ann@evil@x.test',
      'ann@[127.0.0.1]',
      'ann@127.0.0.1',
    ],
    ...[
      'ann@b.test\0evil@x.test',
      'ann\u0000@b.test',
      'ann@b.test\u2028Bcc: evil@x.test',
      '=?utf-8?q?evil=40x.test?= <ann@b.test>',
      '',
    ],
  ];
  const subjects = [
    ...[
      'Hi\r\nBcc: evil@x.test',
      'Hi\nBcc: evil@x.test',
      'Hi\rBcc: evil@x.test',
      'Hi\r\n\r\nA body',
      'Hi\r\n Bcc: evil@x.test',
    ],
    ...[
      'Hi\0\r\nX-Evil: 1',
      'Hi\u2028Bcc: evil@x.test',
      'Hi\u0085Bcc: evil@x.test',
      'Hi\u000bBcc: evil@x.test',
      '\r\nBcc: evil@x.test',
    ],
    ...[
      '=?utf-8?q?Hi=0D=0ABcc:_evil=40x.test?=',
      '=?utf-8?b?SGkNCkJjYzogZXZpbEB4LnRlc3Q=?=',
      'Hi%0d%0aBcc: evil@x.test',
    ],
    ...[
      '\u202eHi',
      '\ud800Hi',
      `${'x'.repeat(998)}\r\nBcc: evil@x.test`,
      'Hi\r\n.\r\nMAIL FROM:<evil@x.test>',
      'Hi\n.\nQUIT',
    ],
    ...['Grüße\r\nBcc: evil@x.test', '💸\r\nBcc: evil@x.test', 'Hi\tBcc: evil@x.test', '\u007f\u009f\r\n'],
  ];

  test(`of ${addresses.length} addresses`, async () => {
    for (const [index, to] of addresses.entries()) {
      await expect(enqueue(`address ${index}`, { to }), JSON.stringify(to)).rejects.toThrow(BadMailError);
    }
    const { rows } = await admin().query(`SELECT FROM mails WHERE mail_key LIKE 'address%'`);
    expect(rows).toEqual([]);
  });

  test(`of ${subjects.length} subjects`, async () => {
    const before = sink.mails.length;
    for (const [index, subject] of subjects.entries()) await enqueue(`subject ${index}`, { subject, text: subject });
    await vi.waitFor(() => expect(sink.mails.length).toBe(before + subjects.length), 20_000);
    const ours = [
      'auto-submitted',
      'content-transfer-encoding',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
    ];
    for (const { recipients, headers } of sink.mails.slice(before)) {
      expect(recipients).toEqual(['RCPT TO:<ann@example.com>']);
      expect([...headers.keys()].sort()).toEqual([...ours, 'subject', 'to', 'x-auto-response-suppress']);
      expect([...headers.values()].every((values) => values.length === 1)).toBe(true);
    }
  });
});

describe('a message or a worker that is lost', () => {
  /** As another program would. */
  async function onChannel<T>(work: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
    const model = await connect(workers.config.amqpUrl);
    try {
      const channel = await model.createConfirmChannel();
      const done = await work(channel);
      await channel.waitForConfirms();
      return done;
    } finally {
      await model.close();
    }
  }

  test('a poison message is tried exactly as often as its queue says, lies there, and is handled once it can be', async () => {
    const takes = vi.spyOn(MailSender.prototype, 'take');
    const mailId = uuidv7();
    const texts = [JSON.stringify({ mailId }), 'not JSON'];
    await onChannel(async (channel) => {
      for (const text of texts) {
        channel.sendToQueue(workers.names.queue('mail'), Buffer.from(text), {
          messageId: `poison ${text}`,
          persistent: true,
        });
      }
    });
    const [named, other] = await vi.waitFor(async () => {
      const found = await Promise.all(texts.map((text) => letters(`poison ${text}`)));
      expect(found.map(({ length }) => length)).toEqual([1, 1]);
      return found.flat();
    }, 25_000);
    const limit = queues.mail.deliveryLimit;
    expect(named).toMatchObject({ queue: 'mail.v1', reason: 'delivery_limit', attempts: limit, status: 'WAITING' });
    expect(other.payload.toString()).toBe('not JSON');
    expect(takes.mock.calls.filter(([{ messageId }]) => messageId === named.message_id)).toHaveLength(limit);
    takes.mockRestore();

    await enqueue('mended');
    await arrived('mended');
    await admin().query(
      `UPDATE mails SET mail_id = $1, status = 'PENDING', sent_at = NULL, subject = 'mended!', queued_until = 'infinity' WHERE mail_key = 'mended'`,
      [mailId],
    );
    expect(await replay(named.dead_letter_id)).toBe('REPLAYING');
    await arrived('mended!');
    await vi.waitFor(async () => expect((await letters(named.message_id))[0].status).toBe('REPLAYED'), 10_000);
  }, 60_000);

  test('a queue that is deleted with what lay in it: its mails are published again', async () => {
    await onChannel((channel) => channel.deleteQueue(workers.names.queue('mail')));
    await enqueue('after the queue');
    await arrived('after the queue');
    await inState('after the queue', { status: 'SENT', attempts: 1 });
  });

  test('a worker that is killed while it sends: the mail arrives, and twice at most as the same one', async () => {
    await Promise.all(parts.splice(0).map((part) => part.stop()));
    let taken = 0;
    // The first has the mail, and says nothing. What other tests left is sent as ever.
    sink.behave = (stage, said) =>
      stage === 'message' && said.includes('ubject: killed') && taken++ < 1 ? 'HANG' : undefined;
    const doomed = program({ WORKER_PARTS: 'mail' });
    await enqueue('killed');
    await arrived('killed');
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
    expect(await rowOf('killed')).toMatchObject({ status: 'PENDING', attempts: 1, lost_attempts: 0 });

    parts.push(openMail({ ...workers, metrics: new Registry() }));
    await parts[0]?.start();
    await isDue('killed');
    await arrived('killed', 2);
    await inState('killed', { status: 'SENT', attempts: 2, lost_attempts: 1 });
    const ids = sunk('killed').map(({ headers }) => headers.get('message-id')?.[0]);
    expect(new Set(ids).size).toBe(1);
  }, 60_000);

  test('a worker that dies before it has published a mail delays it by a minute, and one in the queue has longer', async () => {
    const heldSeconds = async (mailKey: string) =>
      ((await rowOf(mailKey)).queued_until.getTime() - (await admin().query('SELECT now()')).rows[0].now.getTime()) /
      1_000;
    await Promise.all(parts.splice(0).map((part) => part.stop()));
    await enqueue('unpublished');
    const [mailId] = await takeDueMails(workers.database, 10);
    expect(mailId).toBe((await rowOf('unpublished')).mail_id);
    expect(await heldSeconds('unpublished')).toBeLessThanOrEqual(60);
    expect(await takeDueMails(workers.database, 10)).toEqual([]);
    // A minute later.
    await admin().query(
      `UPDATE mails SET queued_until = queued_until - interval '60 s' WHERE mail_key = 'unpublished'`,
    );
    parts.push(openMail({ ...workers, metrics: new Registry() }));
    await parts[0]?.start();
    await arrived('unpublished');
    await inState('unpublished', { status: 'SENT', attempts: 1 });

    await Promise.all(parts.splice(0).map((part) => part.stop()));
    await enqueue('in the queue');
    const due = new DueMails(workers.database, workers.publisher, { isOpen: true } as never, () => {}, workers.log);
    due.start();
    await vi.waitFor(async () => expect(await heldSeconds('in the queue')).toBeGreaterThan(60), 10_000);
    await due.stop();
    parts.push(openMail({ ...workers, metrics: new Registry() }));
    await parts[0]?.start();
    await arrived('in the queue');
    await inState('in the queue', { status: 'SENT', attempts: 1 });
    expect([sunk('unpublished').length, sunk('in the queue').length]).toEqual([1, 1]);
  });

  test('a mail that ends whoever sends it is given up', async () => {
    await Promise.all(parts.splice(0).map((part) => part.stop()));
    await enqueue('deadly');
    await admin().query(
      `UPDATE mails SET attempts = 4, lost_attempts = 4, claimed_until = clock_timestamp() WHERE mail_key = 'deadly'`,
    );
    parts.push(openMail({ ...workers, metrics: new Registry() }));
    await parts[0]?.start();
    await inState('deadly', { status: 'FAILED', attempts: 5 });
    expect(sunk('deadly')).toEqual([]);
    expect(await letters((await rowOf('deadly')).mail_id)).toMatchObject([
      { reason: expect.stringContaining('5 times') },
    ]);
  });
});

test('metrics say how many wait, and for how long', async () => {
  await Promise.all(parts.splice(0).map((part) => part.stop()));
  await enqueue('waits');
  await admin().query(
    `UPDATE mails SET created_at = created_at - interval '1 hour', next_attempt_at = 'infinity' WHERE mail_key = 'waits'`,
  );
  const { rows } = await admin().query(`SELECT count(*)::int FROM mails WHERE status = 'PENDING'`);
  const metrics = new Registry();
  openMail({ ...workers, metrics });
  const text = await metrics.metrics();
  expect(text).toContain(`wallet_workers_mails_waiting ${rows[0].count}`);
  expect(Number(/^wallet_workers_mail_waits_seconds (\S+)/m.exec(text)?.[1])).toBeGreaterThanOrEqual(3_600);
});

function program(env: Record<string, string>): ChildProcess {
  const main = new URL('../../dist/main.js', import.meta.url).pathname;
  return spawn(process.execPath, [main], { env: { ...process.env, ...workers.env, ...env }, stdio: 'ignore' });
}
