import { hash } from 'node:crypto';
import { latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';
import { formatDecimal } from '@smart-wallet/engine/contract/money.js';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** One transaction to write, already decided. */
export interface LedgerTransaction {
  transactionId?: string;
  kind: string;
  caller: string;
  idempotencyKey: string;
  keyDigest: string;
  requestHash: string;
  senderWalletId: string;
  receiverWalletId: string;
  /** Ten-thousandths. */
  amount: bigint;
  currency: string;
  reference?: string | null;
  description?: string | null;
  /** Canonical JSON text. */
  metadata?: string | null;
  partition: number;
  initiatedAtMs: number;
  failure?: { code: string; reason: string; category: string };
}

/** An engine as the database knows it, between two of its calls. */
export interface WriterState {
  workerId: string;
  batchSeq: number;
  /** Epochs at which it holds its partitions. */
  epochs: Map<number, number>;
}

/** Registers a new engine that owns the partitions. */
export async function registerWriter(client: pg.Client, name: string, partitions: number[]): Promise<WriterState> {
  const workerId = uuidv7();
  await client.query('SELECT register_worker($1, $2)', [workerId, name]);
  const { rows } = await client.query('SELECT * FROM take_over($1, $2)', [workerId, partitions]);
  return { workerId, batchSeq: 0, epochs: new Map(rows.map((row) => [row.partition_id, Number(row.partition_epoch)])) };
}

/**
 * Commits decided transactions as one batch of the engine, the way the engine does, without an engine: for tests,
 * for seeding, and to measure `apply_batch` alone. All wallets must be ACTIVE and can afford it.
 */
export async function writeBatch(
  client: pg.Client,
  writer: WriterState,
  transactions: LedgerTransaction[],
): Promise<void> {
  await client.query({ name: 'apply_batch', text: applyBatchText, values: batchValues(writer, transactions) });
  writer.batchSeq += 1;
}

const casts =
  'uuid int8 int2[] int8[] uuid[] numeric[] numeric[] int4[] wallet_status[] wallet_status[] ' +
  'uuid[] transaction_kind[] transaction_status[] uuid[] text[] text[] uuid[] uuid[] uuid[] numeric[] text[] ' +
  'int4[] numeric[] int4[] int4[] numeric[] int4[] text[] text[] jsonb[] int2[] int8[] int4[] int8 ' +
  'text[] text[] text[] text[] text[] jsonb[] jsonb int4[] bytea';
const applyBatchText = `SELECT created_ms FROM apply_batch(${casts
  .split(' ')
  .map((type, i) => `$${i + 1}::${type}`)
  .join(', ')})`;

/** The arguments of one `apply_batch` call, as text. */
export function batchValues(writer: WriterState, transactions: LedgerTransaction[]): (string | number | Buffer)[] {
  const wallets = touchedWallets(transactions);
  const ids = transactions.map((t) => t.transactionId ?? uuidv7());
  const failures = transactions.filter((t) => t.failure !== undefined);
  let failureIx = 0;
  const partitions = [...new Set(transactions.map((t) => t.partition))].sort((a, b) => a - b);
  const nowMs = Date.now();

  // Walking backwards, a wallet's `later` is what the transactions already passed add to it.
  const count = transactions.length;
  const senderLater: string[] = new Array(count);
  const senderLaterEntries: number[] = new Array(count);
  const receiverLater: string[] = new Array(count);
  const receiverLaterEntries: number[] = new Array(count);
  for (let i = count - 1; i >= 0; i--) {
    const t = transactions[i] as LedgerTransaction;
    if (t.failure) continue;
    const sender = wallets.get(t.senderWalletId) as TouchedWallet;
    const receiver = wallets.get(t.receiverWalletId) as TouchedWallet;
    senderLater[i] = formatDecimal(sender.later);
    senderLaterEntries[i] = sender.laterEntries;
    receiverLater[i] = formatDecimal(receiver.later);
    receiverLaterEntries[i] = receiver.laterEntries;
    sender.later -= t.amount;
    sender.laterEntries += 1;
    receiver.later += t.amount;
    receiver.laterEntries += 1;
  }
  const touched = [...wallets.values()];
  const ix = (t: LedgerTransaction, walletId: string) =>
    t.failure ? null : (wallets.get(walletId) as TouchedWallet).ix;
  const active = array(touched.map(() => 'ACTIVE'));

  return [
    writer.workerId,
    writer.batchSeq + 1,
    array(partitions),
    array(partitions.map((p) => writer.epochs.get(p) ?? 0)),
    array(touched.map((w) => w.walletId)),
    array(touched.map((w) => formatDecimal(w.delta))),
    array(touched.map((w) => formatDecimal(w.dip))),
    array(touched.map((w) => w.entries)),
    active,
    active,
    array(ids),
    array(transactions.map((t) => t.kind)),
    array(transactions.map((t) => (t.failure ? 'FAILED' : 'SUCCESS'))),
    array(transactions.map((t) => t.keyDigest)),
    textArray(transactions.map((t) => t.caller)),
    textArray(transactions.map((t) => t.idempotencyKey)),
    array(transactions.map((t) => t.requestHash)),
    array(transactions.map((t) => t.senderWalletId)),
    array(transactions.map((t) => t.receiverWalletId)),
    array(transactions.map((t) => formatDecimal(t.amount))),
    array(transactions.map((t) => t.currency)),
    array(transactions.map((t) => ix(t, t.senderWalletId))),
    array(Array.from(senderLater, (later) => later ?? null)),
    array(Array.from(senderLaterEntries, (later) => later ?? null)),
    array(transactions.map((t) => ix(t, t.receiverWalletId))),
    array(Array.from(receiverLater, (later) => later ?? null)),
    array(Array.from(receiverLaterEntries, (later) => later ?? null)),
    textArray(transactions.map((t) => t.reference ?? null)),
    textArray(transactions.map((t) => t.description ?? null)),
    textArray(transactions.map((t) => t.metadata ?? null)),
    array(transactions.map((t) => t.partition)),
    array(transactions.map((t) => t.initiatedAtMs)),
    array(transactions.map((t) => (t.failure ? ++failureIx : null))),
    nowMs,
    textArray(failures.map((t) => t.failure?.code ?? null)),
    textArray(failures.map((t) => t.failure?.reason ?? null)),
    textArray(failures.map((t) => t.failure?.category ?? null)),
    '{}',
    '{}',
    '{}',
    JSON.stringify(figuresOf(transactions)),
    array(latencyBoundsMs),
    merkleRoot(transactions.map((t, i) => leafText(ids[i] as string, t))),
  ];
}

interface TouchedWallet {
  walletId: string;
  ix: number;
  delta: bigint;
  /** Deepest the balance gets below where it started, 0 or less. */
  dip: bigint;
  entries: number;
  later: bigint;
  laterEntries: number;
}

function touchedWallets(transactions: LedgerTransaction[]): Map<string, TouchedWallet> {
  const wallets = new Map<string, TouchedWallet>();
  const move = (walletId: string, delta: bigint) => {
    let wallet = wallets.get(walletId);
    if (!wallet) {
      wallet = { walletId, ix: 0, delta: 0n, dip: 0n, entries: 0, later: 0n, laterEntries: 0 };
      wallets.set(walletId, wallet);
    }
    wallet.delta += delta;
    wallet.entries += 1;
    if (wallet.delta < wallet.dip) wallet.dip = wallet.delta;
  };
  for (const t of transactions) {
    if (t.failure) continue;
    move(t.senderWalletId, -t.amount);
    move(t.receiverWalletId, t.amount);
  }
  const sorted = [...wallets].sort(([a], [b]) => (a < b ? -1 : 1));
  sorted.forEach(([, wallet], i) => {
    wallet.ix = i + 1;
  });
  return new Map(sorted);
}

function figuresOf(transactions: LedgerTransaction[]) {
  const failuresByCode: Record<string, number> = {};
  const countByKind: Record<string, number> = {};
  const sums: Record<string, bigint> = {};
  let failed = 0;
  for (const t of transactions) {
    if (t.failure) {
      failed += 1;
      failuresByCode[t.failure.code] = (failuresByCode[t.failure.code] ?? 0) + 1;
    } else {
      countByKind[t.kind] = (countByKind[t.kind] ?? 0) + 1;
      sums[t.currency] = (sums[t.currency] ?? 0n) + t.amount;
    }
  }
  const sumByCurrency = Object.fromEntries(Object.entries(sums).map(([currency, sum]) => [currency, sum.toString()]));
  return { succeeded: transactions.length - failed, failed, failuresByCode, countByKind, sumByCurrency };
}

export function leafText(id: string, t: LedgerTransaction): string {
  const status = t.failure ? 'FAILED' : 'SUCCESS';
  const metadata = t.metadata ? hash('sha256', t.metadata, 'hex') : '';
  return (
    `${id}|${t.kind}|${t.senderWalletId}|${t.receiverWalletId}|${t.amount}|${t.currency}|${status}|` +
    `${t.failure?.code ?? ''}|${t.keyDigest}|${t.requestHash}|${metadata}`
  );
}

/** Leaves `SHA-256(0x00 ‖ text)`, nodes `SHA-256(0x01 ‖ left ‖ right)`; an odd last node moves up as it is. */
export function merkleRoot(texts: string[]): Buffer {
  if (texts.length === 0) return hash('sha256', '', 'buffer');
  let level: Buffer[] = texts.map((text) => hash('sha256', `\0${text}`, 'buffer'));
  const prefix = Buffer.of(1);
  while (level.length > 1) {
    const parents: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Buffer;
      const right = level[i + 1];
      parents.push(right ? hash('sha256', Buffer.concat([prefix, left, right]), 'buffer') : left);
    }
    level = parents;
  }
  return level[0] as Buffer;
}

/** A Postgres array of values that need no quoting. */
function array(values: readonly (string | number | bigint | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`)).join(',')}}`;
}
