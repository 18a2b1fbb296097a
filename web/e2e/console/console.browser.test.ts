import { randomUUID } from 'node:crypto';
import { audit } from '@smart-wallet/loadtest/audit/audit.js';
import { launchBrowser } from '@smart-wallet/loadtest/browser/launch-browser.js';
import { createWallets } from '@smart-wallet/loadtest/faults/create-wallets.js';
import pg from 'pg';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { seriousProblems } from '../page/accessibility.js';
import { type BoardPlatform, startBoardPlatform } from '../platform/board-platform.js';
import { patienceMs } from '../platform/patience.js';
import { ConsolePage, newPerson, type Person } from './console-page.js';
import { keyboardJourney } from './keyboard-journey.js';
import { exported, shareView } from './list-story.js';

vi.setConfig({ testTimeout: 2 * patienceMs, hookTimeout: 2 * patienceMs });

let browser: Browser;
let on: BoardPlatform;
let database: pg.Pool;
let people: Record<'ann' | 'ben' | 'viewer', Person>;
let ann: ConsolePage;

beforeAll(async () => {
  browser = await launchBrowser();
  on = await startBoardPlatform({ engines: 1 });
  database = new pg.Pool({ connectionString: on.databaseUrl, max: 2 });
  const { gatewayUrl, token } = on.platform;
  const person = (role: 'operator' | 'viewer') => newPerson(gatewayUrl, token, role);
  people = { ann: await person('operator'), ben: await person('operator'), viewer: await person('viewer') };
  ann = await ConsolePage.open(browser, gatewayUrl);
  await ann.signIn(people.ann);
});

afterAll(async () => {
  await browser?.close();
  await database?.end();
  await on?.stop();
});

test('a person makes wallets, moves money in every way, and the wallet adds up', async () => {
  const shop = await newWallet(ann);
  const ada = await newWallet(ann);
  await ann.act('Deposit', { 'Amount (EUR)': '100.00' }, 'Deposit 100.00 EUR');
  await ann.closeDone();
  await ann.act('Pay', { 'To wallet': shop, 'Amount (EUR)': '12.50', 'Reference (if any)': '00123' }, /^Pay 12.50 EUR/);
  await ann.done('See the transaction');
  await ann.page.getByRole('heading', { name: 'Payment' }).waitFor();
  const entries = () => ann.page.locator('.t-account tbody tr').allInnerTexts();
  await expect
    .poll(entries, { timeout: patienceMs })
    .toEqual([expect.stringContaining('87.50'), expect.stringContaining('12.50')]);
  await ann.act('Refund', { 'Amount (EUR)': '2.50' }, 'Refund 2.50 EUR');
  await ann.closeDone();
  await ann.page.locator('.related').getByText('2.50').waitFor();

  await ann.go(`/wallets/${ada}`);
  await ann.act('Hold', { 'To wallet': shop, 'Amount (EUR)': '10.00' }, 'Hold 10.00 EUR');
  await ann.done('See the hold');
  await ann.act('Capture', { 'Amount (EUR)': '4.00' }, 'Capture 4.00 EUR');
  await ann.closeDone();
  await expect.poll(() => ann.fact('Remaining').innerText(), { timeout: patienceMs }).toContain('6.00');

  await ann.go(`/wallets/${ada}`);
  await expect.poll(() => ann.fact('Available').innerText(), { timeout: patienceMs }).toContain('80.00');
  expect(await ann.fact('Held').innerText()).toContain('6.00');
  const amounts = await ann.page.locator('.entries tbody td:nth-child(4)').allInnerTexts();
  const sum = amounts.reduce(
    (all, text) => all + Math.round(Number(text.replace('\u2212', '-').replace(/[^\d.-]/g, '')) * 100),
    0,
  );
  expect(sum).toBe(8_600);
});

test('what needs a second person is asked for by one and done by another, and the audit page tells it', async () => {
  const wallet = await newWallet(ann);
  await ann.act('Deposit', { 'Amount (EUR)': '2500.00' }, 'Deposit 2,500.00 EUR');
  await ann.dialog.getByText(/Somebody else must approve it$/).waitFor();
  await ann.dialog.getByRole('link', { name: 'See the approval' }).click();
  await ann.page.getByText('You asked for it: somebody else decides.').waitFor();
  expect(await ann.button('Approve').count()).toBe(0);
  const approval = ann.page.url().slice(ann.url.length);

  const ben = await ConsolePage.open(browser, on.platform.gatewayUrl);
  await ben.signIn(people.ben, approval);
  await ben.act('Approve', {}, 'Approve 2,500.00');
  await ben.closeDone();
  await ben.page.getByRole('link', { name: 'The transaction that it made' }).waitFor();
  await ben.close();

  // It is told without being asked again.
  await ann.page.getByRole('link', { name: 'The transaction that it made' }).waitFor();
  await ann.go(`/wallets/${wallet}`);
  await expect.poll(() => ann.fact('Available').innerText(), { timeout: patienceMs }).toContain('2,500.00');
  await ann.go(`/audit?actor=user:${people.ben.userId}`);
  await expect.poll(() => ann.page.locator('.row-space').innerText(), { timeout: patienceMs }).toMatch(/approv/i);
});

test('an act that has been done is told also where the page offers it no more', async () => {
  await newWallet(ann);
  await ann.act('Suspend', { Reason: 'looked at by the console’s test' }, 'Suspend the wallet');
  await ann.dialog.getByText('It is suspended.').waitFor();
  await ann.dialog.getByRole('button', { name: 'Close' }).click();
  await ann.button('Activate').waitFor();
  await ann.page.getByText('looked at by the console’s test').waitFor();
});

test('a list’s filters are its address: after a reload the rows are the same', async () => {
  await ann.go('/transactions');
  await ann.button('Filter').click();
  await ann.dialog.getByLabel('Reference').fill('00123');
  await ann.dialog.getByLabel('Status').selectOption('SUCCESS');
  await ann.button('Show').click();
  await ann.page.getByText('Reference: 00123').waitFor();
  const rows = () => ann.page.locator('.row-space .row').allInnerTexts();
  await expect.poll(rows, { timeout: patienceMs }).toEqual([expect.stringContaining('12.50')]);
  await ann.page.reload();
  await ann.page.getByText('Reference: 00123').waitFor();
  await expect.poll(rows, { timeout: patienceMs }).toEqual([expect.stringContaining('12.50')]);
  await ann.button('Add up').click();
  await ann.page.getByText('1 transaction', { exact: true }).waitFor();
});

test('a view that one shares shows another the same rows and columns, and exports as many', async () => {
  await ann.go('/transactions?reference=00123&status=SUCCESS');
  await ann.button('Columns').click();
  await ann.dialog.getByLabel('To', { exact: true }).uncheck();
  await ann.page.keyboard.press('Escape');
  await shareView(ann, 'Those of 00123');
  const rows = (by: ConsolePage) => by.page.locator('.row').allInnerTexts();
  await expect.poll(() => rows(ann), { timeout: patienceMs }).toHaveLength(2);
  const ben = await ConsolePage.open(browser, on.platform.gatewayUrl);
  await ben.signIn(people.ben, '/transactions');
  await ben.button('Views').click();
  await ben.button('Those of 00123').click();
  await ben.page.getByText('Reference: 00123').waitFor();
  await expect.poll(() => rows(ben), { timeout: patienceMs }).toEqual(await rows(ann));
  expect((await rows(ben))[0]).not.toMatch(/\bTo\b/);
  for (const by of [ann, ben]) {
    expect(await exported(by)).toEqual({
      rows: 1,
      said: expect.stringMatching(/^1 row \(.*Reference: 00123.*\), as of /),
    });
  }
  await ben.close();
  // A list that the browser writes itself.
  await ann.go(`/audit?actor=user:${people.ann.userId}&action=VIEW_SHARED`);
  await expect.poll(() => rows(ann), { timeout: patienceMs }).toHaveLength(2);
  expect((await exported(ann)).rows).toBe(1);
  await ann.page.locator('.row-space .row a').first().click();
  await ann.page.getByRole('heading', { name: 'What changed' }).waitFor();
});

test('a transaction is proven on its page, a wallet’s limits are set, and its statement is a file', async () => {
  await ann.go('/transactions?reference=00123');
  await ann.page.locator('.row-space .row a').first().click();
  await ann.page.getByText('It is as it was committed').waitFor();
  await newWallet(ann);
  await ann.act('Change limits', { 'Out a day (EUR)': '250.00' }, 'Set out a day to 250.00 EUR');
  await ann.closeDone();
  await expect
    .poll(() => ann.fact('Out a day').innerText(), { timeout: patienceMs })
    .toMatch(/250\.00.*250\.00.*left/s);
  await ann.act('Deposit', { 'Amount (EUR)': '100.00' }, 'Deposit 100.00 EUR');
  await ann.closeDone();
  await ann.page.locator('.plot svg').first().waitFor();
  await ann.button('Show the statement').click();
  await expect.poll(() => ann.fact('Closing').innerText(), { timeout: patienceMs }).toContain('100.00');
  expect((await exported(ann)).rows).toBe(1);
});

test('a whole id, reference or key is found by the search, from the keyboard alone', async () => {
  await ann.go('/');
  await ann.page.getByRole('heading', { name: 'Overview' }).waitFor();
  await ann.page.keyboard.press('/');
  await ann.page.keyboard.type('00123');
  await ann.page.keyboard.press('Enter');
  await ann.page.getByRole('heading', { name: 'Payment' }).waitFor();
});

test('an alert that one takes is taken where another looks', async () => {
  const alertId = randomUUID();
  await database.query(
    `INSERT INTO alerts (alert_id, alert_type, subject, severity, status, recipients, message, details, value, threshold, created_at, updated_at)
     VALUES ($1, 'DEAD_LETTERS', 'platform', 'WARNING', 'SENT', '{}', 'One message was given up.', '{}', 1, 1, now(), now())`,
    [alertId],
  );
  const ben = await ConsolePage.open(browser, on.platform.gatewayUrl);
  await ben.signIn(people.ben, `/alerts/${alertId}`);
  await ben.page.locator('.hero-words', { hasText: 'One message was given up.' }).waitFor();
  await ann.go(`/alerts/${alertId}`);
  await ann.act('Acknowledge', { Note: 'Ann looks into it' }, 'Acknowledge');
  await ann.closeDone();
  await expect
    .poll(() => ben.fact('Acknowledged by').innerText(), { timeout: patienceMs })
    .toBe(`user:${people.ann.userId}`);
  expect(await ben.button('Acknowledge').count()).toBe(0);
  await ben.close();
});

test('who may only look is offered nothing to do', async () => {
  const { gatewayUrl, token } = on.platform;
  const [walletId] = await createWallets(gatewayUrl, token, 1, '5.00');
  const viewer = await ConsolePage.open(browser, gatewayUrl);
  await viewer.signIn(people.viewer, `/wallets/${walletId}`);
  await viewer.page.getByRole('heading', { name: 'Entries' }).waitFor();
  expect(await viewer.page.locator('main .action:not(.page-actions *, .plot *, .line-form *)').allInnerTexts()).toEqual(
    [],
  );
  await viewer.page.locator('.entries a').first().click();
  await viewer.page.getByRole('heading', { name: 'What it wrote' }).waitFor();
  for (const act of ['Refund', 'Reverse']) expect(await viewer.button(act).count()).toBe(0);
  expect(viewer.complaints).toEqual([]);
  await viewer.close();
});

test('a session that ends in the middle of an act loses nothing that was typed', async () => {
  await newWallet(ann);
  await ann.button('Suspend').click();
  await ann.dialog.getByLabel('Reason').fill('typed before the session ended');
  await endSessions(people.ann);
  await ann.page.getByRole('heading', { name: 'Your session has ended' }).waitFor({ timeout: patienceMs });
  await ann.page.getByLabel('Password').fill(people.ann.password);
  await ann.button('Sign in').click();
  await ann.page.getByRole('heading', { name: 'Your session has ended' }).waitFor({ state: 'detached' });
  expect(await ann.dialog.getByLabel('Reason').inputValue()).toBe('typed before the session ended');
  await ann.dialog.getByRole('button', { name: 'Suspend the wallet' }).click();
  await ann.dialog.getByText('It is suspended.').waitFor();
  await ann.dialog.getByRole('button', { name: 'Close' }).click();
});

test('all of it is done by the keyboard alone, and the wallboard shows the payment', async () => {
  await keyboardJourney({ browser, on, asker: people.ann, decider: people.ben });
});

test('a gateway that is killed in the middle of a payment: the page tells the true outcome, and it is there once', async () => {
  const shop = await newWallet(ann);
  const payer = await newWallet(ann);
  await ann.act('Deposit', { 'Amount (EUR)': '50.00' }, 'Deposit 50.00 EUR');
  await ann.closeDone();
  const [gateway] = on.platform.gateways;
  const reference = `killed ${randomUUID()}`;
  await ann.button('Pay').click();
  for (const [label, value] of Object.entries({
    'To wallet': shop,
    'Amount (EUR)': '7.00',
    'Reference (if any)': reference,
  })) {
    await ann.dialog.getByLabel(label).fill(value);
  }
  const keys: (string | undefined)[] = [];
  // The first answer never reaches the page: the payment is committed, and the gateway dies at once.
  await ann.page.route('**/api/payments', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.continue();
    expect((await route.fetch()).status()).toBe(201);
    gateway?.kill();
    await route.abort('connectionreset');
  });
  await ann.dialog.getByRole('button', { name: /^Pay 7.00 EUR/ }).dblclick();
  await expect.poll(() => keys.length, { timeout: patienceMs }).toBeGreaterThan(1);
  await gateway?.start();
  await ann.dialog.getByText(/Done$/).waitFor({ timeout: patienceMs });
  await ann.dialog.getByRole('button', { name: 'Close' }).click();
  await ann.page.unroute('**/api/payments');
  expect(new Set(keys).size).toBe(1);
  const { rows } = await database.query('SELECT amount FROM transactions WHERE reference = $1', [reference]);
  expect(rows).toHaveLength(1);
  await ann.go(`/wallets/${payer}`);
  await expect.poll(() => ann.fact('Available').innerText(), { timeout: patienceMs }).toContain('43.00');
});

test.each([
  { width: 1280, height: 720 },
  { width: 390, height: 844 },
])('no page has anything serious for those who see or hear it otherwise, at $width', async (size) => {
  const { page } = ann;
  await page.setViewportSize(size);
  for (const path of [
    '/',
    '/transactions',
    '/wallets',
    '/holds',
    '/failures',
    '/alerts',
    '/approvals',
    '/reconciliation',
    '/alert-rules',
    '/summaries',
    '/digests',
    '/digest-recipients',
    '/dead-letters',
    '/audit',
  ]) {
    await ann.go(path);
    await page.locator('.page h1').waitFor();
    await page.locator('.skeleton, .row-skeleton').first().waitFor({ state: 'detached' });
    expect(await seriousProblems(page), path).toEqual([]);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow, path).toBe(0);
  }
  await ann.go('/transactions');
  await page.locator('.row-space .row a').first().click();
  await page.getByRole('heading', { name: 'What it wrote' }).waitFor();
  expect(await seriousProblems(page), 'a transaction').toEqual([]);
});

test('the browser had nothing to complain about, and the books are right', async () => {
  expect(ann.complaints).toEqual([]);
  expect((await audit(on.databaseUrl)).clean).toBe(true);
});

/** Makes one, and goes to its page. */
async function newWallet(by: ConsolePage): Promise<string> {
  await by.go('/wallets');
  await by.act('New wallet', { Currency: 'eur' }, 'Make the wallet in EUR');
  await by.done('Open it');
  await by.page.getByRole('heading', { name: 'Wallet', exact: true }).waitFor();
  return by.page.url().split('/').at(-1) as string;
}

/** As an admin does who disables somebody and thinks better of it. */
async function endSessions({ userId }: Person): Promise<void> {
  for (const disabled of [true, false]) {
    const { gatewayUrl, token } = on.platform;
    const answer = await fetch(`${gatewayUrl}/api/users/${userId}`, {
      method: 'PATCH',
      headers: {
        ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify({ disabled }),
    });
    expect(answer.status).toBe(200);
  }
}
