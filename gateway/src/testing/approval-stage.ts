import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';
import { type GatewayOfPeople, startGatewayOfPeople } from './gateway-of-people.js';
import { openScratch, type Program, type Scratch, startEngine } from './scratch.js';
import { type ApiAnswer, payment, type TestCaller, testCaller } from './test-caller.js';
import { people, type TestPerson } from './test-people.js';

// An engine and two gateways, and people who ask and decide. A test file opens it once, and closes it.

export let scratch: Scratch;
export let engine: Program;
export let gateways: [GatewayOfPeople, GatewayOfPeople];
/** With the development token. */
export let dev: TestCaller;
/** A program that pays. */
export let service: TestCaller;
export let person: ReturnType<typeof people>;
/** An operator. */
export let ann: TestPerson;
/** An admin. */
export let bob: TestPerson;
/** Another operator. */
export let eve: TestPerson;

export async function openApprovalStage(): Promise<void> {
  scratch = await openScratch();
  startNextEngine('engine-1');
  gateways = [await startGatewayOfPeople(scratch), await startGatewayOfPeople(scratch)];
  dev = testCaller(() => gateways[0].url);
  service = testCaller(() => gateways[0].url, 'program.shop.service');
  person = people(scratch, () => gateways[0]);
  [ann, bob, eve] = [await person('operator'), await person('admin'), await person('operator')];
  await vi.waitUntil(openForAll, { timeout: 15_000 });
}

/** Instead of the one that was stopped. */
export function startNextEngine(name: string): void {
  engine = startEngine(scratch, name);
  engine.process.stdout?.resume();
}

export async function closeApprovalStage(): Promise<void> {
  for (const gateway of gateways ?? []) await gateway.close();
  await engine?.stop();
  await scratch?.database.drop();
}

export const sql = async (text: string, values: unknown[] = []) =>
  (await scratch.database.admin.query(text, values)).rows;
const openForAll = async () =>
  (
    await sql(
      'SELECT protocol >= 5 AND NOT EXISTS (SELECT FROM partitions WHERE worker_id IS NULL) AS is FROM least_protocol',
    )
  )[0].is;
export const saying = ({ status, body }: ApiAnswer) => [status, body.code ?? body.status];
export const approve = (by: TestCaller, id: string, note?: string) =>
  by.call('POST', `/api/approvals/${id}/approve`, note === undefined ? undefined : { note });
export const reject = (by: TestCaller, id: string, note = 'no') =>
  by.call('POST', `/api/approvals/${id}/reject`, { note });
export const balanceOf = async (walletId: string) => (await dev.get(`/api/wallets/${walletId}/balance`)).balance;

/** A payer with money and somebody who is paid. */
export async function pair(amount = '5000.00') {
  return { payer: await dev.funded(amount), receiver: await dev.wallet() };
}

export async function paid(amount: string) {
  const { payer, receiver } = await pair(amount);
  const { body } = await service.post('/api/payments', payment(payer, receiver, amount));
  return { payer, receiver, id: body.transactionId as string };
}

export async function held(amount: string) {
  const { payer: walletId, receiver: receiverWalletId } = await pair(amount);
  const { body } = await service.post('/api/holds', { walletId, receiverWalletId, amount, currency: 'EUR' });
  return { payer: walletId, receiver: receiverWalletId, id: body.holdId as string };
}

/** Asked for by Ann. */
export async function asked(amount = '1000.00') {
  const { payer, receiver } = await pair();
  const key = randomUUID();
  const ask = () => ann.post('/api/payments', payment(payer, receiver, amount), key);
  const answer = await ask();
  expect(answer.status, answer.text).toBe(202);
  return { payer, receiver, key, ask, id: answer.body.approvalId as string, answer };
}

export function bearerOf({ userId }: TestPerson) {
  return { subject: `user:${userId}`, userId, roles: ['admin' as const], scope: null, endsAtMs: Infinity };
}

export async function expectCleanBooks(): Promise<void> {
  const program = fileURLToPath(new URL('../../../loadtest/dist/audit/main.js', import.meta.url));
  const options = { env: { ...process.env, AUDIT_DATABASE_URL: scratch.database.url } };
  const { stdout } = await promisify(execFile)(process.execPath, [program], options).catch((error) => error);
  expect(stdout).toContain('the books balance');
}
