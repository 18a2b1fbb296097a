import { randomUUID } from 'node:crypto';
import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { partitionOf } from '@smart-wallet/engine/contract/partition.js';
import {
  captureHash,
  expiryKey,
  holdHash,
  limitsHash,
  refundHash,
  reversalHash,
  voidHash,
} from '@smart-wallet/engine/contract/request-hash.js';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type BatchVersion, registerWriter, takeOver, writeBatch } from '../../ledger/batch-writer.js';
import type { LedgerChange, LedgerLimits, LedgerTransaction } from '../../ledger/ledger-batch.js';
import type { AcknowledgedLimits } from '../audit.js';
import { atomicBatch, change, fundingWallet, transfer } from './asked.js';

const all = Array.from({ length: 64 }, (_, i) => i);
const dayMs = 86_400_000;
const noLimits: LedgerLimits = { creditLimit: '0', perPayment: null, dailyOut: null, dailyIn: null };

/** Names of what the books' tests falsify. */
export interface MoneyBooks {
  /** a pays holds to b; c pays with credit and has limits, d had them. */
  wallets: Record<'a' | 'b' | 'c' | 'd', string>;
  /** HOLD transactions by what became of them. */
  holds: Record<'open' | 'final' | 'voided' | 'expired' | 'pending' | 'cut', string>;
  /** When the pending hold ends, and when the payment took place in its caller's world. */
  pendingEndsAt: string;
  effectiveAt: string;
  /** What the caller of c's first change of limits was told. */
  toldLimits: AcknowledgedLimits;
  ids: Record<'deposit' | 'payment' | 'capture' | 'finalCapture' | 'refund' | 'paidByC', string>;
}

/**
 * Whole books of two past days with every kind of transaction and change, by an engine and its successor: holds that are captured
 * in part, in the end, given up and expired, also after midnight; credit; refunds and reversals; limits that are set, refused,
 * kept to and loosened.
 */
export async function writeMoneyBooks(client: pg.Client): Promise<MoneyBooks> {
  const yesterday = Math.floor(Date.now() / dayMs) * dayMs - dayMs;
  const [a, b, c, d] = Array.from({ length: 4 }, () => randomUUID()) as [string, string, string, string];
  for (const wallet of [a, b, c, d]) {
    await client.query(`SELECT create_wallet_v2($1, NULL, 'EUR', 'ACTIVE', NULL, $1, $2, NULL)`, [
      wallet,
      randomUUID(),
    ]);
  }
  const funding = new Map<string, string>();
  for (const wallet of [a, b, c, d]) funding.set(wallet, await fundingWallet(client, partitionOf(wallet, 64)));
  const source = (wallet: string) => funding.get(wallet) as string;
  // As if all had been there before: nothing that proves when they were made is touched.
  const before = new Date(yesterday - 2 * dayMs);
  await client.query('UPDATE wallets SET updated_at = $1', [before]);
  let writer = await registerWriter(client, 'first', all, 4);
  await client.query('UPDATE partition_takeovers SET taken_at = $1', [before]);

  const write = async (atMs: number, transactions: LedgerTransaction[], changes: LedgerChange[] = []) => {
    writer.datedMs = atMs;
    const initiatedAtMs = atMs - 5;
    await writeBatch(
      client,
      writer,
      transactions.map((t) => ({ ...t, initiatedAtMs })),
      changes,
    );
  };
  const succeed = async (name: string, version: BatchVersion, atMs: number) => {
    writer = await registerWriter(client, name, [], version);
    await takeOver(client, writer, all);
    const taken = [new Date(atMs), writer.workerId];
    await client.query('UPDATE partition_takeovers SET taken_at = $1 WHERE worker_id = $2', taken);
  };
  const at = (day: number, hours: number, minutes = 0) =>
    yesterday + (day - 2) * dayMs + (hours * 60 + minutes) * 60_000;

  const deposit = transfer('DEPOSIT', source(a), a, 1_000_0000n);
  await write(at(1, 10), [
    deposit,
    transfer('DEPOSIT', source(b), b, 100_0000n),
    transfer('DEPOSIT', source(c), c, 50_0000n),
    transfer('DEPOSIT', source(d), d, 100_0000n),
  ]);
  const limits: LedgerLimits = {
    creditLimit: '2000000',
    perPayment: '3000000',
    dailyOut: '5000000',
    dailyIn: '20000000',
  };
  await write(at(1, 10, 5), [], [limitsChange(c, noLimits, limits, { key: 'limits' })]);
  await write(
    at(1, 10, 6),
    [],
    [limitsChange(d, noLimits, { ...noLimits, creditLimit: '1000000', dailyOut: '900000' })],
  );

  const [open, captured, final] = [hold(a, b, 100_0000n, at(2, 9)), hold(a, b, 60_0000n), hold(c, b, 120_0000n)];
  const [voided, expired] = [hold(c, b, 30_0000n), hold(a, b, 60_0000n, at(1, 11))];
  const [nextDay, pending, cut] = [hold(a, c, 40_0000n), hold(a, c, 5_0000n), hold(a, c, 9_0000n)];
  await write(at(1, 10, 10), [
    ...[open, captured, final, voided, expired, nextDay, pending, cut],
    { ...hold(d, b, 1_000_0000n), failure: { code: 'INSUFFICIENT_FUNDS', reason: 'too little', category: 'FUNDS' } },
  ]);
  const payment = transfer('PAYMENT', a, b, 100_0000n, { effectiveAtMs: at(1, 0), reference: 'order' });
  const capture = ofHold('CAPTURE', open, 30_0000n);
  const finalCapture = ofHold('CAPTURE', final, 50_0000n, { released: 70_0000n });
  await write(at(1, 10, 20), [
    ...[capture, ofHold('CAPTURE', open, 40_0000n), payment, finalCapture, ofHold('VOID', voided, 30_0000n)],
    ofHold('CAPTURE', captured, 60_0000n, {
      requestHash: captureHash({ holdId: idOf(captured), amount: null, final: false }),
    }),
    ofHold('CAPTURE', open, 1_000_0000n, {
      failure: { code: 'CAPTURE_EXCEEDS_HOLD', reason: 'too much', category: 'LIMITS' },
    }),
    transfer('PAYMENT', c, a, 100_0000n),
    transfer('PAYMENT', d, a, 90_0000n),
  ]);
  await write(at(1, 10, 25), [ofHold('CAPTURE', cut, 2_0000n), ofHold('VOID', cut, 7_0000n)]);
  await write(at(1, 10, 30), [transfer('PAYMENT', a, c, 20_0000n)], [change(d, 'ACTIVE', 'SUSPENDED', 1)]);
  await write(at(1, 10, 31), [], [change(d, 'SUSPENDED', 'ACTIVE'), change(d, 'ACTIVE', 'ACTIVE')]);
  await write(at(1, 11), [expiry(expired, 60_0000n)]);
  // c uses 80.00 of its credit.
  await write(
    at(1, 11, 10),
    [],
    [limitsChange(c, limits, noLimits, { refused: { code: 'CREDIT_LIMIT_IN_USE', reason: 'in use' } })],
  );
  const withdrawal = transfer('WITHDRAWAL', b, source(b), 7_0000n);
  const refund = back('REFUND', payment, 60_0000n, 'broken');
  await write(at(1, 12), [
    ...[withdrawal, refund, back('REFUND', capture, 10_0000n, null)],
    back('REFUND', payment, 50_0000n, null, {
      failure: { code: 'REFUND_EXCEEDS_REMAINING', reason: 'too much', category: 'LIMITS' },
    }),
  ]);
  const reversal = back('REVERSAL', payment, 40_0000n, 'by mistake');
  await write(at(1, 12, 30), [reversal, back('REVERSAL', withdrawal, 7_0000n, 'by mistake')]);

  // A day later, by another engine: what was held yesterday is given back to yesterday's counter, and that is over.
  await succeed('second', 4, at(1, 23));
  const paidByC = transfer('PAYMENT', c, a, 20_0000n);
  await write(at(2, 0), [ofHold('VOID', nextDay, 40_0000n), paidByC]);
  await write(
    at(2, 8),
    atomicBatch('atomic', [
      [a, c, 200_0000n],
      [a, d, 60_0000n],
    ]),
  );
  await write(at(2, 9), [expiry(open, 30_0000n)]);
  // c was further below zero than it may be from now on, and more went out today.
  await write(at(2, 10), [], [limitsChange(c, limits, { ...limits, creditLimit: '100000', dailyOut: '100000' })]);
  await write(
    at(2, 10, 1),
    [],
    [limitsChange(d, { ...noLimits, creditLimit: '1000000', dailyOut: '900000' }, { ...noLimits, dailyIn: '900000' })],
  );
  await write(at(2, 11), [transfer('PAYMENT', d, a, 20_0000n), transfer('PAYMENT', a, b, 1_0000n)]);
  // An engine of before, which knows neither counters nor limits, for a while; then one that does again, and counts d's 90.00.
  await succeed('before', 3, at(2, 12));
  await write(at(2, 12, 1), [transfer('PAYMENT', c, a, 30_0000n), transfer('PAYMENT', a, d, 50_0000n)]);
  await succeed('third', 4, at(2, 13));
  await write(at(2, 13, 1), [transfer('PAYMENT', b, d, 30_0000n)]);
  return {
    wallets: { a, b, c, d },
    pendingEndsAt: new Date(pending.expiresAtMs as number).toISOString(),
    effectiveAt: new Date(at(1, 0)).toISOString(),
    toldLimits: {
      ...{ walletId: c, caller: 'tests', idempotencyKey: 'limits', failureCode: null },
      limits: { creditLimit: '200.00', perPayment: '300.00', dailyOut: '500.00', dailyIn: '2000.00' },
    },
    holds: {
      ...{ open: idOf(open), final: idOf(final), voided: idOf(voided), expired: idOf(expired) },
      ...{ pending: idOf(pending), cut: idOf(cut) },
    },
    ids: {
      ...{ deposit: idOf(deposit), payment: idOf(payment), capture: idOf(capture), finalCapture: idOf(finalCapture) },
      ...{ refund: idOf(refund), paidByC: idOf(paidByC) },
    },
  };
}

function idOf({ transactionId }: LedgerTransaction): string {
  return transactionId as string;
}

/** Without an end it lives for seven days from now on. */
function hold(payer: string, receiver: string, amount: bigint, endsAtMs?: number): LedgerTransaction {
  const partition = partitionOf(payer, 64);
  const made = transfer('PAYMENT', payer, receiver, amount);
  let transactionId = uuidv7();
  while (partitionOf(transactionId, 64) !== partition) transactionId = uuidv7();
  const terms = {
    ...{ kind: 'HOLD' as const, senderWalletId: payer, receiverWalletId: receiver, amount: amount.toString() },
    ...{ currency: 'EUR', reference: null, description: null, metadata: null },
  };
  const expiresAtMs = endsAtMs ?? Date.now() + 7 * dayMs;
  return { ...made, kind: 'HOLD', transactionId, expiresAtMs, requestHash: holdHash(terms, expiresAtMs) };
}

function ofHold(
  kind: 'CAPTURE' | 'VOID',
  of: LedgerTransaction,
  amount: bigint,
  more: Partial<LedgerTransaction> = {},
): LedgerTransaction {
  const {
    transactionId: holdId,
    senderWalletId,
    receiverWalletId,
  } = of as LedgerTransaction & { transactionId: string };
  const final = (more.released ?? 0n) > 0n;
  const made = transfer('PAYMENT', senderWalletId, receiverWalletId, amount);
  const requestHash = kind === 'VOID' ? voidHash(holdId) : captureHash({ holdId, amount: amount.toString(), final });
  const released = kind === 'CAPTURE' && !more.failure ? { released: 0n } : {};
  return { ...made, kind, parentTransactionId: holdId, requestHash, ...released, ...more };
}

function expiry(of: LedgerTransaction, amount: bigint): LedgerTransaction {
  return { ...ofHold('VOID', of, amount), kind: 'EXPIRY', ...expiryKey(idOf(of)) };
}

function back(
  kind: 'REFUND' | 'REVERSAL',
  original: LedgerTransaction,
  amount: bigint,
  reason: string | null,
  more: Partial<LedgerTransaction> = {},
): LedgerTransaction {
  const originalId = idOf(original);
  const { senderWalletId, receiverWalletId } = original;
  const made = transfer('PAYMENT', receiverWalletId, senderWalletId, amount);
  const requestHash =
    kind === 'REFUND'
      ? refundHash({ originalId, amount: amount.toString(), reason })
      : reversalHash({ originalId, reason });
  const partition = original.kind === 'WITHDRAWAL' ? partitionOf(senderWalletId, 64) : made.partition;
  return { ...made, kind, parentTransactionId: originalId, description: reason, requestHash, partition, ...more };
}

function limitsChange(
  walletId: string,
  from: LedgerLimits,
  asked: LedgerLimits,
  { key = randomUUID(), refused }: { key?: string; refused?: { code: string; reason: string } } = {},
): LedgerChange {
  return {
    ...{
      changeId: uuidv7(),
      caller: 'tests',
      keyDigest: keyDigest('tests', key),
      requestHash: limitsHash({ walletId, ...asked }),
    },
    ...{ partition: partitionOf(walletId, 64), walletId, from, to: refused ? from : asked, reason: null, place: 0 },
    ...(refused ? { refused } : {}),
  };
}
