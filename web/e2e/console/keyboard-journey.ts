import { fetchDisplayToken } from '@smart-wallet/local-stack/display-token.mjs';
import type { Browser } from 'playwright-core';
import { expect } from 'vitest';
import { BoardPage } from '../board/board-page.js';
import type { BoardPlatform } from '../platform/board-platform.js';
import { patienceMs } from '../platform/patience.js';
import { ConsolePage, type Person } from './console-page.js';
import { Keys } from './keys.js';

interface Journey {
  readonly browser: Browser;
  readonly on: BoardPlatform;
  readonly asker: Person;
  readonly decider: Person;
}

/**
 * From signing in to the audit log, without a pointer: two wallets, a deposit, a payment that the wallboard shows, a part of it paid back,
 * a hold and its capture, a statement that adds up, and a reversal that a second person approves.
 */
export async function keyboardJourney({ browser, on, asker, decider }: Journey): Promise<void> {
  const { gatewayUrl, token } = on.platform;
  const display = await fetchDisplayToken(gatewayUrl, token);
  const board = await BoardPage.open(browser, { url: gatewayUrl, token: display });
  const one = await ConsolePage.open(browser, gatewayUrl);
  const keys = await signInByKeys(one, asker);

  const shop = await newWallet(one, keys);
  const payer = await newWallet(one, keys);
  await keys.act('Deposit', { 'Amount (EUR)': '900.00' }, /^Deposit 900.00/, 'Close');
  await keys.act('Deposit', { 'Amount (EUR)': '900.00' }, /^Deposit 900.00/, 'Close');
  await board.untilLive();
  await keys.act('Pay', { 'To wallet': shop, 'Amount (EUR)': '40.00' }, /^Pay 40.00/, 'See the transaction');
  await one.page.getByRole('heading', { name: 'Payment' }).waitFor();
  await board.ticker(one.page.url().split('/').at(-1) as string).waitFor({ timeout: patienceMs });
  await board.close();
  await keys.act('Refund', { 'Amount (EUR)': '5.00' }, /^Refund 5.00/, 'Close');

  await toWallet(one, keys, payer);
  await keys.act('Hold', { 'To wallet': shop, 'Amount (EUR)': '30.00' }, /^Hold 30.00/, 'See the hold');
  await keys.act('Capture', { 'Amount (EUR)': '20.00' }, /^Capture 20.00/, 'Close');

  await toWallet(one, keys, payer);
  await keys.press('Show the statement');
  const said = async (name: RegExp) =>
    Number(
      (await one.fact(name.source).innerText({ timeout: patienceMs })).replace('\u2212', '-').replace(/[^\d.-]/g, ''),
    );
  const sum = (await said(/Opening/)) + (await said(/In \(\d+\)/)) + (await said(/Out \(\d+\)/));
  expect([sum, await said(/Closing/)]).toEqual([1_745, 1_745]);

  // More than one person may move alone.
  await keys.act('Pay', { 'To wallet': shop, 'Amount (EUR)': '1200.00' }, /^Pay 1,200.00/, 'See the approval');
  await one.page.getByText('You asked for it: somebody else decides.').waitFor();
  const other = await ConsolePage.open(browser, gatewayUrl);
  const otherKeys = await signInByKeys(other, decider, one.page.url().slice(one.url.length));
  await otherKeys.act('Approve', {}, /^Approve 1,200.00/, 'Close');
  await otherKeys.press('The transaction that it made');
  await other.page.getByRole('heading', { name: 'Payment' }).waitFor();
  const paidUrl = other.page.url();
  await otherKeys.act('Reverse', { Reason: 'paid twice' }, /^Reverse/, 'See the approval');
  const reversal = other.page.url().slice(other.url.length);
  await other.close();
  await one.go(reversal);
  await keys.act('Approve', {}, /^Approve/, 'Close');
  await keys.press('Audit');
  await one.page.getByRole('heading', { name: 'Audit' }).waitFor();
  await expect
    .poll(() => one.page.locator('.row-space').innerText(), { timeout: patienceMs })
    .toMatch(/Transaction reversed[\s\S]*Approval/);
  await one.page.goto(paidUrl);
  await one.page.locator('.related').getByText('Reversal').waitFor();
  expect(one.complaints).toEqual([]);
  await one.close();
}

async function signInByKeys(by: ConsolePage, { email, password }: Person, path = ''): Promise<Keys> {
  await by.page.goto(`${by.url}${path}`);
  await by.page.getByLabel('E-mail').waitFor();
  const keys = new Keys(by.page);
  await keys.fill('E-mail', email);
  await keys.fill('Password', password);
  await by.page.keyboard.press('Enter');
  await by.page.getByRole('navigation', { name: 'Pages' }).waitFor();
  return keys;
}

async function newWallet(by: ConsolePage, keys: Keys): Promise<string> {
  await keys.press('Wallets');
  await by.page.getByRole('heading', { name: 'Wallets' }).waitFor();
  await keys.act('New wallet', { Currency: 'eur' }, /^Make the wallet/, 'Open it');
  await by.page.getByRole('heading', { name: 'Wallet', exact: true }).waitFor();
  return by.page.url().split('/').at(-1) as string;
}

/** By the search, which takes its id. */
async function toWallet(by: ConsolePage, keys: Keys, id: string): Promise<void> {
  await keys.page.keyboard.press('Control+K');
  await by.dialog.waitFor();
  await keys.page.keyboard.type(id);
  await keys.page.keyboard.press('Enter');
  await by.page.getByRole('heading', { name: 'Wallet', exact: true }).waitFor();
}
