import { scenario } from 'k6/execution';
import { amountOf, get, money, post } from './lib/ask.ts';
import { moves, reconcile } from './lib/books.ts';
import { steady, underLoad } from './lib/load.ts';
import { duration, rate, runId, secondsOf } from './lib/settings.ts';
import { makeWallets, type Wallets } from './lib/wallets.ts';

export { handleSummary } from './lib/summary.ts';

const perSecond = rate(200);
const time = duration('60s');

/** A day's work: 70 % of it reads; of the rest half payments, then holds that are captured or voided, and refunds. */
export const options = underLoad(steady(perSecond, time));

export const setup = () => makeWallets(perSecond * secondsOf(time));

interface Ask {
  readonly n: number;
  readonly payer: string;
  readonly payee: string;
}

/** Of twenty. */
const turns: readonly ((ask: Ask) => void)[] = [
  ...Array.from({ length: 14 }, () => read),
  ...[pay, pay, pay, captureHold, voidHold, refund],
];

export default function work({ payers, payees }: Wallets): void {
  const n = scenario.iterationInTest;
  const payer = payers[n % payers.length] as string;
  const payee = payees[(n + Math.floor(n / payers.length)) % payees.length] as string;
  // 7 and 20 have no common divisor: writes are spread among the reads.
  turns[(n * 7) % turns.length]?.({ n, payer, payee });
}

function read({ n, payer, payee }: Ask): void {
  const reads = [
    [`/api/wallets/${payer}/balance`, 'balance'],
    [`/api/wallets/${payee}/entries?limit=20`, 'entries'],
    [`/api/transactions?walletId=${payer}&limit=20`, 'transactions'],
    [`/api/wallets/${payee}`, 'wallet'],
  ] as const;
  const [path, name] = reads[n % reads.length] as (typeof reads)[number];
  get(path, name);
}

/** @returns the id; undefined when it is not done */
function pay({ n, payer, payee }: Ask): string | undefined {
  const minor = amountOf(n);
  const body = { senderWalletId: payer, receiverWalletId: payee, ...money(minor), reference: `sla ${runId}` };
  const answer = moves(minor, () => post('/api/payments', body, keyOf('payment', n), 'payment'));
  return answer?.status === 201 ? (answer.json('transactionId') as string) : undefined;
}

function refund(ask: Ask): void {
  const paid = pay(ask);
  if (paid === undefined) return;
  const minor = Math.ceil(amountOf(ask.n) / 2);
  const { amount } = money(minor);
  const body = { amount, reason: 'returned' };
  moves(-minor, () => post(`/api/payments/${paid}/refunds`, body, keyOf('refund', ask.n), 'refund'));
}

function hold({ n, payer, payee }: Ask): string | undefined {
  const body = { walletId: payer, receiverWalletId: payee, ...money(amountOf(n)), reference: `sla ${runId}` };
  const answer = post('/api/holds', body, keyOf('hold', n), 'hold');
  return answer?.status === 201 ? (answer.json('holdId') as string) : undefined;
}

function captureHold(ask: Ask): void {
  const holdId = hold(ask);
  if (holdId === undefined) return;
  moves(amountOf(ask.n), () => post(`/api/holds/${holdId}/capture`, {}, keyOf('capture', ask.n), 'capture'));
}

function voidHold(ask: Ask): void {
  const holdId = hold(ask);
  if (holdId !== undefined) post(`/api/holds/${holdId}/void`, {}, keyOf('void', ask.n), 'void');
}

function keyOf(what: string, n: number): string {
  return `sla-${runId}-${what}-${n}`;
}

export const teardown = reconcile;
