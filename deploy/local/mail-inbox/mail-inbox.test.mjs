// @ts-check

import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startMailInbox } from './mail-inbox.mjs';

const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-inbox-'));
/** @type {Awaited<ReturnType<typeof startMailInbox>>} */
let inbox;
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

beforeAll(async () => {
  inbox = await startMailInbox({ folder });
});
afterEach(() => {
  inbox.misbehave(null);
  inbox.clear();
});
afterAll(async () => {
  await inbox.close();
  rmSync(folder, { recursive: true, force: true });
});

/** @param {Partial<import('nodemailer').SendMailOptions>} [mail] */
const send = (mail = {}) =>
  createTransport(inbox.smtpUrl, { from: 'Wallet <wallet@wallet.test>' }).sendMail({
    ...{ to: 'ops@wallet.test', subject: 'A subject', text: 'Some text', ...mail },
  });
const list = async () =>
  /** @type {{ items: import('./read-message.mjs').Message[] }} */ (
    await (await fetch(`${inbox.mailUrl}/api/messages`)).json()
  ).items;

describe('the mail inbox', () => {
  it('shows what came, newest first, to whom SMTP named', async () => {
    await send({
      subject: 'first',
      to: 'shown@wallet.test',
      envelope: { from: 'a@wallet.test', to: 'real@wallet.test' },
    });
    await send({
      subject: 'Grüße',
      messageId: '<one@wallet.test>',
      headers: { 'Auto-Submitted': 'auto-generated' },
      html: '<p>hello <img src="cid:chart"></p><script>1</script>',
      attachments: [{ filename: 'chart.png', content: pixel, cid: 'chart', contentType: 'image/png' }],
    });
    const [newest, oldest] = await list();
    expect(newest).toMatchObject({
      ...{ from: expect.stringContaining('wallet@wallet.test'), to: ['ops@wallet.test'], subject: 'Grüße' },
      ...{ messageId: '<one@wallet.test>', text: 'Some text', html: expect.stringContaining('cid:chart') },
      headers: { 'auto-submitted': 'auto-generated' },
      attachments: [{ filename: 'chart.png', contentType: 'image/png', contentId: 'chart', size: pixel.length }],
    });
    expect(oldest).toMatchObject({ subject: 'first', to: ['real@wallet.test'] });
    const one = `${inbox.mailUrl}/api/messages/${newest?.id}`;
    expect(await (await fetch(one)).json()).toEqual(newest);
    expect(await (await fetch(`${one}/raw`)).text()).toContain('Message-ID: <one@wallet.test>');

    const page = await (await fetch(`${inbox.mailUrl}/messages/${newest?.id}`)).text();
    expect(page).toContain('<iframe sandbox=');
    expect(page).not.toContain('<script>');
    const body = await fetch(`${inbox.mailUrl}/messages/${newest?.id}/html`);
    expect(body.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    expect(await body.text()).toContain(`data:image/png;base64,${pixel.toString('base64')}`);
    expect(await (await fetch(inbox.mailUrl)).text()).toContain('Gr');

    expect((await fetch(`${inbox.mailUrl}/api/messages`, { method: 'DELETE' })).status).toBe(204);
    expect(await list()).toEqual([]);
  });

  it('has it all after a restart', async () => {
    await send({ subject: 'kept' });
    const before = await list();
    await inbox.close();
    inbox = await startMailInbox({ folder });
    expect(await list()).toEqual(before);
    expect(before.map(({ subject }) => subject)).toEqual(['kept']);
  });

  it('keeps the newest, in number and size, and takes no mail above 5 MB', async () => {
    const bounded = { folder: join(folder, 'bounded'), limits: { messagesMax: 3, bytesMax: 100_000 } };
    const small = await startMailInbox(bounded);
    const subjects = async () => (await small.messages()).map(({ subject }) => subject);
    const transport = createTransport(small.smtpUrl, { from: 'a@wallet.test', to: 'b@wallet.test' });
    for (const subject of ['1', '2', '3', '4']) await transport.sendMail({ subject, text: 'x' });
    expect(await subjects()).toEqual(['4', '3', '2']);
    await transport.sendMail({ subject: 'large', text: 'x'.repeat(99_000) });
    expect(await subjects()).toEqual(['large']);
    await small.close();
    await expect(send({ text: 'x'.repeat(6 * 1024 ** 2) })).rejects.toThrow(/552|exceeds/);
  });

  it('answers nobody who comes by another name, or from the page of somebody else', async () => {
    await send();
    for (const headers of [{ host: 'evil.test' }, { origin: 'http://evil.test' }, { origin: 'null' }]) {
      expect(await statusOf('/api/messages', 'DELETE', headers)).toBe(403);
      expect(await statusOf('/', 'GET', headers)).toBe(403);
    }
    expect(await list()).toHaveLength(1);
  });

  it('misbehaves as it is told: refuses, drops the connection, hangs', async () => {
    inbox.misbehave({ kind: 'refuse', code: 451 });
    await expect(send()).rejects.toMatchObject({ responseCode: 451 });
    inbox.misbehave({ kind: 'refuse', code: 550, at: 'recipient' });
    await expect(send()).rejects.toMatchObject({ responseCode: 550 });
    inbox.misbehave({ kind: 'drop', keep: false });
    await expect(send({ subject: 'lost' })).rejects.toThrow();
    inbox.misbehave(({ to }) => (to.includes('slow@wallet.test') ? { kind: 'drop', keep: true } : null));
    await expect(send({ to: 'slow@wallet.test', subject: 'came, but nobody was told' })).rejects.toThrow();
    await send({ subject: 'taken' });
    inbox.misbehave({ kind: 'hang' });
    const impatient = createTransport({ url: inbox.smtpUrl, socketTimeout: 200 });
    await expect(impatient.sendMail({ from: 'a@wallet.test', to: 'b@wallet.test', text: 'x' })).rejects.toThrow(
      /imeout/,
    );
    expect((await list()).map(({ subject }) => subject)).toEqual(['taken', 'came, but nobody was told']);
  });

  it('listens on this machine alone', async () => {
    for (const url of [inbox.smtpUrl, inbox.mailUrl]) {
      const socket = connect(Number(new URL(url).port), '127.0.0.2');
      await expect(
        new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject)),
      ).rejects.toThrow(/ECONNREFUSED/);
    }
  });
});

/** @param {string} path @param {string} method @param {Record<string, string>} headers @returns {Promise<number | undefined>} */
function statusOf(path, method, headers) {
  return new Promise((resolve, reject) => {
    const call = request(`${inbox.mailUrl}${path}`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.once('error', reject).end();
  });
}
