import { randomUUID } from 'node:crypto';
import { launchBrowser } from '@smart-wallet/loadtest/browser/launch-browser.js';
import { createWallets } from '@smart-wallet/loadtest/faults/create-wallets.js';
import { startMailInbox } from '@smart-wallet/local-stack/mail-inbox.mjs';
import pg from 'pg';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type BoardPlatform, startBoardPlatform } from '../platform/board-platform.js';
import { patienceMs } from '../platform/patience.js';
import { ConsolePage, newPerson } from './console-page.js';

/*
 * One story of a platform that watches itself: a balance is changed behind the engines' back, and people find it, are
 * told of it, take it, try again what the mail server refused, and explain it.
 */

vi.setConfig({ testTimeout: 3 * patienceMs, hookTimeout: 2 * patienceMs });

const mailedTo = 'duty@example.com';
const theAlert = /^The ledger contradicts itself/;

let inbox: Awaited<ReturnType<typeof startMailInbox>>;
let browser: Browser;
let on: BoardPlatform;
let database: pg.Pool;
let walletId: string;
let reportPath: string;
let ann: ConsolePage;
let ben: ConsolePage;

beforeAll(async () => {
  inbox = await startMailInbox();
  inbox.misbehave({ kind: 'refuse', code: 550 });
  browser = await launchBrowser();
  on = await startBoardPlatform({
    ...{ engines: 1, workers: 1 },
    programEnv: { SMTP_URL: inbox.smtpUrl, ALERT_EVERY: '1s' },
  });
  database = new pg.Pool({ connectionString: on.databaseUrl, max: 1 });
  await mailLedgerAlertsTo(mailedTo);
  ann = await personAt('');
  ben = await personAt('');
  [walletId = ''] = await createWallets(on.platform.gatewayUrl, on.platform.token, 1, '80.00');
});

afterAll(async () => {
  await browser?.close();
  await database?.end();
  await on?.stop();
  await inbox?.close();
});

test('a balance that somebody changed is found to the cent, and stands on the wallet’s page', async () => {
  await database.query('UPDATE wallets SET balance = balance + 12.5 WHERE wallet_id = $1', [walletId]);
  await ann.go('/reconciliation');
  await ann.act('Check everything', {}, 'Check everything');
  await ann.done('See the run');
  const finding = ann.page.locator('.findings > li', { has: ann.page.getByRole('link', { name: 'Wallet' }) });
  await finding.waitFor({ timeout: patienceMs });
  for (const figure of ['80.00', '92.50', '12.50 EUR']) await finding.getByText(figure, { exact: true }).waitFor();
  reportPath = ann.page.url().slice(ann.url.length);
  await ann.go(`/wallets/${walletId}`);
  await ann.page.getByText('Balance, balance: 92.50 EUR, and should be 80.00 EUR').waitFor({ timeout: patienceMs });
});

test('its alert stands first among what needs a person; one takes it, and another sees that', async () => {
  await ben.go('/');
  const first = ben.page.locator('.person-list li').first();
  await first.getByRole('link', { name: theAlert }).click({ timeout: patienceMs });
  await ben.button('Acknowledge').waitFor();
  await ann.go(ben.page.url().slice(ben.url.length));
  await ann.act('Acknowledge', { Note: 'Ann looks into it' }, 'Acknowledge');
  await ann.closeDone();
  await expect.poll(() => ben.fact('Acknowledged by').innerText(), { timeout: patienceMs }).toMatch(/^user:/);
  expect(await ben.button('Acknowledge').count()).toBe(0);
});

test('its mail, which no server took, lies with the dead letters, and arrives once it is tried again', async () => {
  await ann.go('/dead-letters');
  const letter = ann.page.locator('.findings > li', { hasText: 'mail.v1' });
  await letter.waitFor({ timeout: patienceMs });
  expect(await inbox.messages()).toEqual([]);
  inbox.misbehave(null);
  await letter.getByRole('button', { name: 'Try again' }).click();
  await ann.dialog.getByRole('button', { name: 'Try again' }).click();
  await ann.closeDone();
  const arrived = async () => (await inbox.messages()).map(({ to, subject }) => [...to, subject]);
  await expect.poll(arrived, { timeout: patienceMs }).toEqual([[mailedTo, '[CRITICAL] The ledger contradicts itself']]);
  await expect.poll(() => letter.getByRole('button').count(), { timeout: patienceMs }).toBe(0);
});

test('once it is explained the wallet’s page is quiet', async () => {
  await ann.go(reportPath);
  const explain = ann.button('Explain');
  await explain.first().waitFor();
  for (let left = await explain.count(); left > 0; left -= 1) {
    await explain.first().click();
    await ann.dialog.getByRole('textbox').fill('a hand in the database, see the log of the day');
    await ann.dialog.getByRole('button', { name: 'Explain' }).click();
    await ann.closeDone();
    await expect.poll(() => explain.count(), { timeout: patienceMs }).toBe(left - 1);
  }
  await ann.go(`/wallets/${walletId}`);
  await ann.page.getByRole('heading', { name: 'Entries' }).waitFor();
  await expect.poll(() => ann.page.getByText('found a break').count(), { timeout: patienceMs }).toBe(0);
  for (const { complaints } of [ann, ben]) expect(complaints).toEqual([]);
});

async function personAt(path: string): Promise<ConsolePage> {
  const { gatewayUrl, token } = on.platform;
  const person = await newPerson(gatewayUrl, token, 'operator');
  const opened = await ConsolePage.open(browser, gatewayUrl);
  await opened.signIn(person, path);
  return opened;
}

/** Nobody else, and of nothing else: dead letters would be mailed about, too. */
async function mailLedgerAlertsTo(address: string): Promise<void> {
  const { gatewayUrl, token } = on.platform;
  const terms = { windowMinutes: 5, severity: 'CRITICAL', recipients: [address], cooldownMinutes: 15 };
  for (const [alertType, enabled] of [
    ['LEDGER_INCONSISTENCY', true],
    ['DEAD_LETTERS', false],
  ]) {
    const answer = await fetch(`${gatewayUrl}/api/alerts/config`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify({ alertType, threshold: 1, enabled, ...terms }),
    });
    expect(answer.status, await answer.clone().text()).toBe(200);
  }
}
