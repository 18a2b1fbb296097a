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
import { ConsolePage, newPerson, type Person, type Role } from './console-page.js';
import { keyboardJourney } from './keyboard-journey.js';
import { exported, shareView } from './list-story.js';
import { placesOf, unoffered } from './offers.js';

vi.setConfig({ testTimeout: 2 * patienceMs, hookTimeout: 2 * patienceMs });

let browser: Browser;
let on: BoardPlatform;
let database: pg.Pool;
let people: Record<'ann' | 'ben' | 'cleo' | 'viewer', Person>;
let ann: ConsolePage;
let cleo: ConsolePage;

beforeAll(async () => {
  browser = await launchBrowser();
  // More of them sign in than people do from one address.
  on = await startBoardPlatform({ engines: 1, gatewayEnv: () => ({ RATE_LIMIT_SIGN_IN: '1000/60s' }) });
  database = new pg.Pool({ connectionString: on.databaseUrl, max: 2 });
  const { gatewayUrl, token } = on.platform;
  const person = (role: Role) => newPerson(gatewayUrl, token, role);
  people = {
    ann: await person('operator'),
    ben: await person('operator'),
    cleo: await person('admin'),
    viewer: await person('viewer'),
  };
  ann = await ConsolePage.open(browser, gatewayUrl);
  await ann.signIn(people.ann);
  cleo = await ConsolePage.open(browser, gatewayUrl);
  await cleo.signIn(people.cleo);
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
  // What would go back now is what is left.
  await ann.button('Reverse').click();
  await ann.dialog.getByRole('button', { name: 'Reverse 10.00 EUR' }).waitFor();
  await ann.dialog.getByRole('button', { name: 'Leave it' }).click();

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

// Before anything waits for a person: what waits takes the room of the board's latest payments.
test('all of it is done by the keyboard alone, and the wallboard shows the payment', async () => {
  await keyboardJourney({ browser, on, asker: people.ann, decider: people.ben });
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

test('a day’s summary opens from its list, with what was told before', async () => {
  await database.query(
    `INSERT INTO ai_summaries (summary_id, summary_date, summary_type, content, facts)
     VALUES ('0199d2f4-7c1e-7b3a-9c55-0242ac120001', '2026-01-31', 'FALLBACK', 'Told first.', '{}'),
            ('0199d2f4-7c1e-7b3a-9c55-0242ac120002', '2026-01-31', 'FALLBACK', 'Told again.', '{}')`,
  );
  await ann.go('/summaries');
  await ann.page.getByRole('link', { name: '2026-01-31' }).first().click();
  await ann.page.getByRole('heading', { name: 'Summary of 2026-01-31' }).waitFor();
  await ann.page.locator('.drawer .prose').getByText('Told again.').waitFor();
  await ann.page.getByRole('heading', { name: 'Told before' }).waitFor();
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

test('a webhook is made, its secret is shown once, and what is sent to it is seen and sent again', async () => {
  await cleo.go('/webhooks');
  await cleo.act('New webhook', { Address: 'https://shop.example.com/hooks?key=k9' }, 'Make the webhook');
  await cleo.dialog.getByText(/^whsec_/).waitFor();
  await cleo.done('Open it');
  const path = cleo.page.url().slice(cleo.url.length);
  await cleo.act('Send a test event', {}, 'Send it');
  await cleo.done('See what becomes of it');
  await cleo.page.getByRole('heading', { name: 'webhook.test' }).waitFor();
  await cleo.act('Send again', {}, 'Send it again');
  await cleo.closeDone();
  await cleo.go(path);
  await cleo.act('Replay', {}, 'Send it once more');
  await cleo.closeDone();
  await cleo.page.getByRole('progressbar').waitFor();
  await cleo.act('Pause', { Reason: 'the shop mends its books' }, 'Pause it');
  await cleo.closeDone();
  await cleo.button('Resume').waitFor();
  await cleo.act('New secret', {}, 'Make a new secret');
  await cleo.dialog.getByText(/^whsec_/).waitFor();
  await cleo.closeDone();
  await cleo.page.getByText('An older one').waitFor();

  // Path and query may be a secret: an operator sees whom it calls, and no more.
  await ann.go(path);
  await expect
    .poll(() => ann.fact('Address').innerText(), { timeout: patienceMs })
    .toContain('https://shop.example.com ');
  expect(await ann.page.locator('.drawer').innerText()).not.toContain('k9');

  await cleo.act('Delete', {}, 'Delete it');
  await cleo.done('Back to the list');
  await cleo.page.getByText('No webhook yet').waitFor();
});

test('a user gets another role with a reason, and a token is shown once, after another admin where it moves money', async () => {
  await cleo.go(`/users/${people.viewer.userId}`);
  await cleo.act('Disable', { Reason: 'on leave' }, /^Disable/);
  await cleo.closeDone();
  await cleo.page.getByText('“on leave”').waitFor();
  await cleo.act('Enable', { Reason: 'is back' }, /^Let/);
  await cleo.closeDone();

  await cleo.go('/tokens');
  await cleo.button('New token').click();
  await cleo.dialog.getByLabel('Role').selectOption('display');
  await cleo.dialog.getByRole('button', { name: 'Make a display token' }).click();
  await cleo.dialog.getByText(/^eyJ/).waitFor();
  await cleo.closeDone();
  await cleo.act('New token', { 'Who uses it (if it has a name)': 'shop' }, 'Ask for a service token');
  await cleo.dialog.getByRole('link', { name: 'See the approval' }).click();
  await cleo.page.getByText('You asked for it: somebody else decides.').waitFor();
  const approval = cleo.page.url().slice(cleo.url.length);
  await ann.go(approval);
  await ann.page.getByText('an admin decides').waitFor();
  expect(await ann.button('Approve').count()).toBe(0);

  const { gatewayUrl, token } = on.platform;
  const other = await ConsolePage.open(browser, gatewayUrl);
  await other.signIn(await newPerson(gatewayUrl, token, 'admin'), approval);
  await other.act('Approve', {}, 'Approve');
  await other.closeDone();
  await other.close();
  await cleo.go('/tokens');
  await cleo.act('Fetch it', {}, 'Fetch the token');
  await cleo.dialog.getByText(/^eyJ/).waitFor();
  await cleo.closeDone();
  expect(await cleo.button('Fetch it').count()).toBe(0);
  await cleo.button('Withdraw').first().click();
  await cleo.dialog.getByRole('button', { name: 'Withdraw it' }).click();
  await cleo.closeDone();
});

test('the system’s page tells who owns what, and a job that runs is not begun twice', async () => {
  await database.query(
    `INSERT INTO job_schedules (job, cron, time_zone, next_due_at) VALUES ('digests', '*/20 * * * * *', 'UTC', clock_timestamp())`,
  );
  await ann.go('/system');
  await expect.poll(() => ann.page.locator('.partition-map li').count(), { timeout: patienceMs }).toBe(64);
  await expect.poll(() => ann.page.locator('.cell-orphan').count(), { timeout: patienceMs }).toBe(0);
  await ann.page.getByText('engine-1 took 64 partitions that nobody had').waitFor();
  await ann.act('Run now', {}, 'Run digests');
  await ann.done('See its runs');
  await ann.page.locator('.row-space').getByText('Running').waitFor();
  await ann.act('Run now', {}, 'Run digests');
  await ann.dialog.getByText(/is under way; there is one at a time/).waitFor();
  await ann.dialog.getByRole('button', { name: 'Close' }).click();
});

test('what failed is told by its code, beside before, and leads to its transactions', async () => {
  const { gatewayUrl, token } = on.platform;
  const [payer, shop] = await createWallets(gatewayUrl, token, 2, '5.00');
  const answer = await fetch(`${gatewayUrl}/api/payments`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({ senderWalletId: payer, receiverWalletId: shop, amount: '9.00', currency: 'EUR' }),
  });
  expect(answer.status).toBe(422);
  await ann.go('/failures');
  await ann.page.locator('.examples a').first().click();
  await ann.page.getByRole('heading', { name: 'Payment' }).waitFor();
  await ann.page.locator('.drawer').getByText('Insufficient funds').first().waitFor();
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

test.each(['viewer', 'operator', 'admin'] as const)(
  '%s is offered what the API lets them do, and nothing else',
  async (role) => {
    const { gatewayUrl, token } = on.platform;
    const places = await placesOf({ gatewayUrl, token, database });
    expect(unoffered(places)).toEqual([]);
    const person = await newPerson(gatewayUrl, token, role);
    const page = await ConsolePage.open(browser, gatewayUrl);
    const forbidden: string[] = [];
    page.page.on('response', (answer) => {
      if (answer.status() === 403) forbidden.push(answer.url());
    });
    await page.signIn(person);
    for (const { path, settled, acts } of places) {
      await page.go(path);
      if (acts.some(({ roles }) => roles.includes(role)))
        await page.page.getByText(settled).filter({ visible: true }).first().waitFor();
      await page.page.locator('.page h1, .drawer h2').first().waitFor({ state: 'attached' });
      await page.page.locator('.skeleton, .row-skeleton').first().waitFor({ state: 'detached' });
      const offered = async () => {
        const shown = await Promise.all(
          acts.map(async ({ label }) => ((await page.button(label).count()) > 0 ? label : null)),
        );
        return shown.filter((label) => label !== null);
      };
      const allowed = acts.filter(({ roles }) => roles.includes(role)).map(({ label }) => label);
      await expect.poll(offered, { timeout: patienceMs, message: path }).toEqual(allowed);
    }
    expect(forbidden).toEqual([]);
    await page.close();
  },
);

const sizes = [
  { width: 1280, height: 720 },
  { width: 390, height: 844 },
];

test('no page has anything serious for those who see or hear it otherwise, wide or narrow', async () => {
  const { page } = cleo;
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
    '/webhooks',
    '/users',
    '/tokens',
    '/system',
    '/account',
  ]) {
    await cleo.go(path);
    await page.locator('.page h1').waitFor();
    await page.locator('.skeleton, .row-skeleton').first().waitFor({ state: 'detached' });
    for (const size of sizes) {
      await page.setViewportSize(size);
      const at = `${path} at ${size.width}`;
      expect(await seriousProblems(page), at).toEqual([]);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow, at).toBe(0);
      // Rows scroll within the page: all of a list would be drawn otherwise.
      const rowsPx = await page.evaluate(`document.querySelector('.rows')?.clientHeight ?? 0`);
      expect(rowsPx, at).toBeLessThan(size.height);
    }
  }
  await cleo.go('/transactions');
  await page.locator('.row-space .row a').first().click();
  await page.getByRole('heading', { name: 'What it wrote' }).waitFor();
  for (const size of sizes) {
    await page.setViewportSize(size);
    expect(await seriousProblems(page), `a transaction at ${size.width}`).toEqual([]);
  }
}, 240_000);

test('the browser had nothing to complain about, and the books are right', async () => {
  for (const { complaints } of [ann, cleo]) expect(complaints).toEqual([]);
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
