import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BadMailError, enqueueMail, type Mail } from './enqueue-mail.js';

let scratch: ScratchDatabase;
let client: pg.Client;
beforeAll(async () => {
  scratch = await createScratchDatabase('mails');
  client = new pg.Client({ connectionString: scratch.urlAs('wallet_workers') });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await scratch?.drop();
});

const mail: Mail = { mailKey: 'k', to: 'ann@example.com', subject: 'Hello', text: 'Hello Ann' };
const stored = async (mailKey: string) =>
  (await client.query('SELECT * FROM mails WHERE mail_key = $1', [mailKey])).rows[0];

test('a key is one mail, whatever is said under it later, and is rolled back with what it tells of', async () => {
  await client.query('BEGIN');
  expect(await enqueueMail(client, { ...mail, mailKey: 'rolled back' })).toBe(true);
  await client.query('ROLLBACK');
  expect(await stored('rolled back')).toBeUndefined();

  expect(await enqueueMail(client, mail)).toBe(true);
  const first = await stored('k');
  expect(await enqueueMail(client, { ...mail, subject: 'Another one', to: 'bob@example.com' })).toBe(false);
  expect(await stored('k')).toEqual(first);
  expect(first).toMatchObject({ recipient: 'ann@example.com', subject: 'Hello', status: 'PENDING', attempts: 0 });
  expect(first.message_id).toMatch(/^<[0-9a-f]{32}@mail\.smart-wallet\.internal>$/);
});

test('what others wrote in a subject stays one line, and never costs the mail', async () => {
  const hostile = ['Hi\r\nBcc: evil@x.test', 'Hi\0\n\n<b>', '\u2028Hi\u202e', '\ud800', '', ' \n ', 'x'.repeat(5_000)];
  for (const [index, subject] of hostile.entries()) {
    expect(await enqueueMail(client, { ...mail, mailKey: `hostile ${index}`, subject, text: subject })).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    expect((await stored(`hostile ${index}`)).subject).toMatch(/^[^\u0000-\u001f\u2028\u202e]{1,255}$/);
  }
});

test('an address that is not one mailbox’s is refused before anything is written, and by the table too', async () => {
  await client.query('BEGIN');
  for (const to of ['ann@b.test, evil@x.test', 'ann@b.test\r\nBcc: evil@x.test', '']) {
    await expect(enqueueMail(client, { ...mail, mailKey: 'bad', to })).rejects.toThrow(BadMailError);
  }
  // The transaction goes on.
  expect(await enqueueMail(client, { ...mail, mailKey: 'good' })).toBe(true);
  await client.query('COMMIT');
  expect(await stored('bad')).toBeUndefined();
  for (const column of ['recipient', 'subject']) {
    const write = `INSERT INTO mails SELECT (m).* FROM (SELECT jsonb_populate_record(mails, jsonb_build_object(
      'mail_id', gen_random_uuid(), 'mail_key', 'other', '${column}', E'ann@b.test\\r\\nBcc: evil@x.test')) AS m
      FROM mails WHERE mail_key = 'good') AS one`;
    await expect(client.query(write)).rejects.toThrow(`mails_${column}_check`);
  }
});

test('images are bounded and named without anything that a header could take', async () => {
  const image = {
    filename: 'chart.png',
    contentType: 'image/png',
    contentId: 'chart@mail',
    content: Buffer.from('png'),
  };
  const bad = [
    { filename: 'a"\r\nX: y' },
    { contentType: 'text/html' },
    { contentId: '>' },
    { content: Buffer.alloc(2_000_000) },
  ];
  for (const part of bad) {
    const wrong = { ...mail, mailKey: 'images', inline: [{ ...image, ...part }] };
    await expect(enqueueMail(client, wrong)).rejects.toThrow(BadMailError);
  }
  expect(
    await enqueueMail(client, { ...mail, mailKey: 'images', html: '<img src="cid:chart@mail">', inline: [image] }),
  ).toBe(true);
  expect((await stored('images')).inline_images).toEqual([
    { ...image, content: Buffer.from('png').toString('base64') },
  ]);
});
