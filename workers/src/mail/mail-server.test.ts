import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { localhostCertificate } from '../testing/localhost-certificate.js';
import { MailSink } from '../testing/mail-sink.js';
import type { ClaimedMail } from './mail-rows.js';
import { MailServer } from './mail-server.js';
import { adviceOn } from './server-advice.js';

const mail: ClaimedMail = {
  ...{
    mail_id: '',
    recipient: 'ann@example.com',
    subject: 'Hi',
    text_body: 'Hello',
    html_body: null,
    inline_images: [],
  },
  ...{ message_id: '<a@mail.test>', created_at: new Date(0), attempts: 1, lost_attempts: 0 },
};
const trusted = tls.getCACertificates('default');
let sink: MailSink;
const servers: MailServer[] = [];

beforeAll(() => tls.setDefaultCACertificates([...trusted, localhostCertificate.cert]));
afterAll(() => tls.setDefaultCACertificates(trusted));
beforeEach(async () => {
  sink = new MailSink();
  await sink.start();
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await sink.stop();
});

function open({
  host = 'localhost',
  production = true,
  user = 'ann:secret@',
  query = '',
  plaintextAllowed = false,
} = {}): MailServer {
  const url = `${sink.url.replace('smtp://127.0.0.1', `smtp://${user}${host}`)}${query}`;
  const server = new MailServer({ url, from: 'wallet@example.com', production, plaintextAllowed });
  servers.push(server);
  return server;
}
const send = (server: MailServer): Promise<void> => server.send(mail, new AbortController().signal);

test('in production a mail goes to a server that encrypts and proves its name', async () => {
  sink.certificate = localhostCertificate;
  const server = open({ user: '' });
  expect(await server.trouble()).toBeNull();
  await send(server);
  expect(sink.mails).toMatchObject([{ encrypted: true, recipients: ['RCPT TO:<ann@example.com>'] }]);
});

test.each([
  ['does not offer to encrypt', (): typeof localhostCertificate | null => null, {}, /does not encrypt.*STARTTLS/],
  [
    'has a certificate of another name',
    () => localhostCertificate,
    { host: '127.0.0.1' },
    /cannot prove its name.*SMTP_URL/,
  ],
  [
    'has a certificate that nobody trusts',
    () => {
      tls.setDefaultCACertificates(trusted);
      return localhostCertificate;
    },
    {},
    /NODE_EXTRA_CA_CERTS/,
  ],
] as const)(
  'in production one that %s is told neither a mail nor our password, and the log what to do',
  async (_, make, options, advice) => {
    sink.certificate = make();
    const server = open(options);
    try {
      const trouble = await server.trouble();
      expect(adviceOn(trouble)).toMatch(advice);
      await expect(send(server)).rejects.toThrow();
    } finally {
      tls.setDefaultCACertificates([...trusted, localhostCertificate.cert]);
    }
    expect(sink.mails).toEqual([]);
    expect(new Set(sink.heardInClear)).toEqual(new Set(['EHLO', 'STAR']));
  },
);

test.each([
  ['the URL alone', { query: '?plaintext=allowed', user: '' }],
  ['the platform alone', { plaintextAllowed: true, user: '' }],
  ['both, with a login', { query: '?plaintext=allowed', plaintextAllowed: true }],
])('in production nothing goes in the clear when it is allowed by %s', async (_, options) => {
  await expect(send(open(options))).rejects.toThrow(/STARTTLS/);
  expect(new Set(sink.heardInClear)).toEqual(new Set(['EHLO', 'STAR']));
});

test('in production a mail goes in the clear to an inbox whose URL and whose platform both say that it may', async () => {
  const server = open({ query: '?plaintext=allowed', plaintextAllowed: true, user: '' });
  expect(await server.trouble()).toBeNull();
  await send(server);
  expect(sink.mails).toMatchObject([{ encrypted: false, recipients: ['RCPT TO:<ann@example.com>'] }]);
});

test('elsewhere it goes to any', async () => {
  await send(open({ production: false, user: '' }));
  sink.certificate = localhostCertificate;
  await send(open({ production: false, user: '', host: '127.0.0.1' }));
  expect(sink.mails.map(({ encrypted }) => encrypted)).toEqual([false, true]);
});

test('what is done about a server that is away, and about credentials', () => {
  expect(adviceOn(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ESOCKET' }))).toMatch(/see that it runs/);
  expect(adviceOn(Object.assign(new Error('Invalid login: 535'), { code: 'EAUTH' }))).toMatch(/name and password/);
  expect(adviceOn(undefined)).toMatch(/see that it runs/);
});
