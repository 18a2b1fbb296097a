import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { latencyBoundsMs } from '@smart-wallet/engine/contract/events.js';
import { formatDecimal } from '@smart-wallet/engine/contract/money.js';
import { movesMoney } from '@smart-wallet/engine/contract/transaction-kind.js';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { array, textArray } from './array-text.js';
import type { LedgerChange, LedgerTransaction } from './ledger-batch.js';
import { leafText, leafTexts, merkleRoot } from './merkle-texts.js';
import { moneyValues, type Parents, readParents } from './money-values.js';
import { type TouchedWallet, touchedWallets } from './touched-wallets.js';

/** `apply_batch`, `apply_batch_v2` and `apply_batch_v3` as engines of before call them, or `apply_batch_v4`: all kinds of transactions. */
export type BatchVersion = 1 | 2 | 3 | 4;

const functionNames = { 1: 'apply_batch', 2: 'apply_batch_v2', 3: 'apply_batch_v3', 4: 'apply_batch_v4' } as const;
const registerNames = {
  1: 'register_worker',
  2: 'register_worker_v2',
  3: 'register_worker_v2',
  4: 'register_worker_v5',
} as const;

/** An engine as the database knows it, between two of its calls. */
export interface WriterState {
  version: BatchVersion;
  workerId: string;
  batchSeq: number;
  /** Epochs at which it holds its partitions. */
  epochs: Map<number, number>;
  /** Of version 4: its batches are of this time, if it is past, and their wallets were not touched since. */
  datedMs?: number;
}

/** Registers a new engine that owns the partitions. */
export async function registerWriter(
  client: pg.Client,
  name: string,
  partitions: number[],
  version: BatchVersion = 3,
): Promise<WriterState> {
  const workerId = uuidv7();
  await client.query(`SELECT ${registerNames[version]}($1, $2)`, [workerId, name]);
  const writer: WriterState = { version, workerId, batchSeq: 0, epochs: new Map() };
  await takeOver(client, writer, partitions);
  return writer;
}

export async function takeOver(client: pg.Client, writer: WriterState, partitions: number[]): Promise<void> {
  const { rows } = await client.query('SELECT * FROM take_over($1, $2)', [writer.workerId, partitions]);
  for (const row of rows) writer.epochs.set(row.partition_id, Number(row.partition_epoch));
}

/**
 * Commits decided transactions and changes as one batch of the engine, the way the engine does, without an engine: for tests,
 * for seeding, and to measure the call alone. All wallets that move money must be ACTIVE and can afford it.
 */
export async function writeBatch(
  client: pg.Client,
  writer: WriterState,
  transactions: LedgerTransaction[],
  changes: LedgerChange[] = [],
): Promise<void> {
  await client.query(await batchCall(client, writer, transactions, changes));
  writer.batchSeq += 1;
}

/** The call that commits a batch, its values given by name in the order that the database says. */
export async function batchCall(
  client: pg.Client,
  writer: WriterState,
  transactions: LedgerTransaction[],
  changes: LedgerChange[] = [],
  more: BatchValues = {},
): Promise<pg.QueryConfig> {
  const name = functionNames[writer.version];
  const parameters = await parametersOf(client, name);
  const parents = writer.version === 4 ? await readParents(client, transactions) : noParents;
  const values = { ...batchValues(writer, transactions, changes, parents), ...more };
  return {
    name,
    text: `SELECT FROM ${name}(${parameters.map((p, i) => `${p.name} => $${i + 1}::${p.type}`).join(', ')})`,
    values: parameters.map((p) => {
      if (!(p.name in values)) throw new Error(`${name} takes ${p.name}, which is not given`);
      return values[p.name];
    }),
  };
}

export type BatchValues = Record<string, string | number | Buffer | null>;

const signatures = new Map<string, { name: string; type: string }[]>();

async function parametersOf(client: pg.Client, name: string): Promise<{ name: string; type: string }[]> {
  let parameters = signatures.get(name);
  if (!parameters) {
    const { rows } = await client.query<{ name: string; type: string }>(
      `SELECT proargnames[ix] AS name, format_type(type, NULL) AS type
         FROM pg_proc, unnest(proargtypes) WITH ORDINALITY AS argument (type, ix)
        WHERE oid = $1::regproc ORDER BY ix`,
      [name],
    );
    parameters = rows;
    signatures.set(name, parameters);
  }
  return parameters;
}

const noParents: Parents = { holds: new Map(), originals: new Map() };

function batchValues(
  writer: WriterState,
  transactions: LedgerTransaction[],
  changes: LedgerChange[],
  parents: Parents,
): BatchValues {
  const ids = transactions.map((t) => t.transactionId ?? uuidv7());
  const nowMs = writer.datedMs ?? Date.now();
  const day = Math.floor(nowMs / 86_400_000);
  const wallets = touchedWallets(transactions, changes, (holdId) => parents.holds.get(holdId)?.madeDay === day);
  const partitions = [...new Set([...transactions, ...changes].map((t) => t.partition))].sort((a, b) => a - b);
  const failures = transactions.flatMap((t) => (t.failure ? [t.failure] : []));
  return {
    p_worker_id: writer.workerId,
    p_seq: writer.batchSeq + 1,
    p_partitions: array(partitions),
    p_epochs: array(partitions.map((p) => writer.epochs.get(p) ?? 0)),
    ...walletValues(wallets),
    ...transactionValues(ids, transactions, wallets),
    p_processing_ms: nowMs,
    f_code: textArray(failures.map(({ code }) => code)),
    f_reason: textArray(failures.map(({ reason }) => reason)),
    f_category: textArray(failures.map(({ category }) => category)),
    p_figures: JSON.stringify(figuresOf(transactions)),
    p_latency_bounds_ms: array(latencyBoundsMs),
    ...(writer.version === 1
      ? {
          ...oldValues(transactions, changes),
          p_merkle_root: merkleRoot(transactions.map((t, i) => leafText(ids[i] as string, oldForm(t)))),
        }
      : {
          ...newValues(ids, transactions, changes),
          ...(writer.version >= 3 ? leanValues(writer, ids, transactions, changes) : {}),
          ...(writer.version === 4 ? moneyValues(transactions, wallets, parents) : {}),
          ...(writer.datedMs === undefined ? {} : { p_created_max_ms: writer.datedMs }),
          p_day: day,
          p_merkle_root: merkleRoot(
            leafTexts(ids, transactions, changes, {
              processingAtMs: nowMs,
              leafVersion: writer.version === 4 ? 3 : 2,
            }),
          ),
        }),
  };
}

function walletValues(wallets: Map<string, TouchedWallet>): BatchValues {
  const touched = [...wallets.values()];
  return {
    w_id: array(touched.map((w) => w.walletId)),
    w_delta: array(touched.map((w) => formatDecimal(w.delta))),
    w_dip: array(touched.map((w) => formatDecimal(w.dip))),
    w_entries: array(touched.map((w) => w.entries)),
    w_status_from: array(touched.map((w) => w.from)),
    w_status_to: array(touched.map((w) => w.to)),
  };
}

function transactionValues(
  ids: string[],
  transactions: LedgerTransaction[],
  wallets: Map<string, TouchedWallet>,
): BatchValues {
  // Walking backwards, a wallet's `later` is what the transactions already passed add to it.
  const sender: [string, number][] = [];
  const receiver: [string, number][] = [];
  for (let i = transactions.length - 1; i >= 0; i--) {
    const t = transactions[i] as LedgerTransaction;
    if (t.failure || !movesMoney[t.kind]) continue;
    sender[i] = passed(wallets.get(t.senderWalletId) as TouchedWallet, -t.amount);
    receiver[i] = passed(wallets.get(t.receiverWalletId) as TouchedWallet, t.amount);
  }
  const each = (value: (t: LedgerTransaction, i: number) => string | number | null) => array(transactions.map(value));
  return {
    t_id: array(ids),
    t_kind: each((t) => t.kind),
    t_caller: textArray(transactions.map((t) => t.caller)),
    t_key: textArray(transactions.map((t) => t.idempotencyKey)),
    t_request_hash: each((t) => t.requestHash),
    t_sender: each((t) => t.senderWalletId),
    t_receiver: each((t) => t.receiverWalletId),
    t_amount: each((t) => formatDecimal(t.amount)),
    t_currency: each((t) => t.currency),
    t_sender_ix: each((_, i) => (sender[i] ? (wallets.get(transactions[i]?.senderWalletId ?? '')?.ix ?? null) : null)),
    t_sender_later: each((_, i) => sender[i]?.[0] ?? null),
    t_sender_later_entries: each((_, i) => sender[i]?.[1] ?? null),
    t_receiver_ix: each((_, i) =>
      receiver[i] ? (wallets.get(transactions[i]?.receiverWalletId ?? '')?.ix ?? null) : null,
    ),
    t_receiver_later: each((_, i) => receiver[i]?.[0] ?? null),
    t_receiver_later_entries: each((_, i) => receiver[i]?.[1] ?? null),
    t_reference: textArray(transactions.map((t) => t.reference ?? null)),
    t_description: textArray(transactions.map((t) => t.description ?? null)),
    t_metadata: textArray(transactions.map((t) => t.metadata ?? null)),
    t_partition: each((t) => t.partition),
    t_initiated_ms: each((t) => t.initiatedAtMs),
    t_failure_ix: transactionFailures(transactions),
  };
}

function passed(wallet: TouchedWallet, amount: bigint): [string, number] {
  const later: [string, number] = [formatDecimal(wallet.later), wallet.laterEntries];
  wallet.later += amount;
  wallet.laterEntries += 1;
  return later;
}

/** Engines of before gave every payment of an atomic batch a key of its own. */
export function oldForm(t: LedgerTransaction): LedgerTransaction {
  if (t.place === undefined) return t;
  const idempotencyKey = `${t.idempotencyKey}#${t.place}`;
  return { ...t, idempotencyKey, keyDigest: keyDigest(t.caller, idempotencyKey) };
}

function oldValues(transactions: LedgerTransaction[], changes: LedgerChange[]): BatchValues {
  return {
    t_status: array(transactions.map((t) => (t.failure ? 'FAILED' : 'SUCCESS'))),
    t_key: textArray(transactions.map((t) => oldForm(t).idempotencyKey)),
    t_key_digest: array(transactions.map((t) => oldForm(t).keyDigest)),
    a_caller: textArray(changes.map((c) => c.caller)),
    a_wallet: textArray(changes.map((c) => c.walletId)),
    a_detail: textArray(changes.map(({ from, to, reason }) => JSON.stringify({ from, to, reason }))),
  };
}

interface Key {
  digest: string;
  requestHash: string;
  kind: string;
  outcome: string;
}

/** What version 3 takes otherwise. */
function leanValues(
  writer: WriterState,
  ids: string[],
  transactions: LedgerTransaction[],
  changes: LedgerChange[],
): BatchValues {
  const keys = keysOf(ids, transactions, changes);
  const groups = [...new Set(transactions.map(groupOf))];
  const terms = groups.map((group) => transactions.find((t) => groupOf(t) === group) as LedgerTransaction);
  const held = Math.max(...writer.epochs.keys()) + 1;
  const failed = transactions.some((t) => t.failure);
  const atomic = transactions.some((t) => t.place !== undefined);
  return {
    p_epochs: array(Array.from({ length: held }, (_, partition) => writer.epochs.get(partition) ?? null)),
    k_first: array(keys.map(({ kind, outcome }) => (kind === 'CHANGE' ? null : ids.indexOf(outcome) + 1))),
    k_change: array(keys.map(({ kind, outcome }) => (kind === 'CHANGE' ? outcome : null))),
    k_change_hash: array(keys.map(({ kind, requestHash }) => (kind === 'CHANGE' ? requestHash : null))),
    g_kind: array(terms.map((t) => t.kind)),
    g_caller: textArray(terms.map((t) => t.caller)),
    g_currency: array(terms.map((t) => t.currency)),
    t_group: array(transactions.map((t) => groups.indexOf(groupOf(t)) + 1)),
    t_failure_ix: failed ? transactionFailures(transactions) : null,
    ...(failed ? {} : { f_code: null, f_reason: null, f_category: null }),
    ...(atomic ? {} : { b_first: null, b_count: null }),
  };
}

function groupOf({ kind, caller, currency }: LedgerTransaction): string {
  return JSON.stringify([kind, caller, currency]);
}

function transactionFailures(transactions: LedgerTransaction[]): string {
  let failureIx = 0;
  return array(transactions.map((t) => (t.failure ? ++failureIx : null)));
}

function newValues(ids: string[], transactions: LedgerTransaction[], changes: LedgerChange[]): BatchValues {
  const keys = keysOf(ids, transactions, changes);
  const first: number[] = [];
  const count: number[] = [];
  for (const [i, t] of transactions.entries()) {
    if (t.place) count[count.length - 1] = t.place + 1;
    else if (t.place === 0) count[first.push(i + 1) - 1] = 1;
  }
  return {
    p_not_after_ms: Date.now() + 60_000,
    p_created_max_ms: null,
    k_digest: array(keys.map((key) => key.digest)),
    k_request_hash: array(keys.map((key) => key.requestHash)),
    k_kind: array(keys.map((key) => key.kind)),
    k_outcome: array(keys.map((key) => key.outcome)),
    t_parent: array(transactions.map((t) => t.parentTransactionId ?? null)),
    b_first: array(first),
    b_count: array(count),
    p_changes:
      changes.length === 0 ? null : JSON.stringify(changes.map(({ keyDigest, requestHash, ...change }) => change)),
  };
}

/** Sorted by digest: every transaction of its own, every atomic batch and every change has one. */
function keysOf(ids: string[], transactions: LedgerTransaction[], changes: LedgerChange[]): Key[] {
  const keys: Key[] = [];
  for (const [i, t] of transactions.entries()) {
    if (t.place) continue;
    const kind = t.place === 0 ? 'ATOMIC_BATCH' : 'TRANSACTION';
    keys.push({ digest: t.keyDigest, requestHash: t.requestHash, kind, outcome: ids[i] as string });
  }
  for (const c of changes) {
    keys.push({ digest: c.keyDigest, requestHash: c.requestHash, kind: 'CHANGE', outcome: c.changeId });
  }
  return keys.sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

function figuresOf(transactions: LedgerTransaction[]) {
  const failuresByCode: Record<string, number> = {};
  const countByKind: Record<string, number> = {};
  const countByCurrency: Record<string, number> = {};
  const sums: Record<string, bigint> = {};
  let failed = 0;
  for (const t of transactions) {
    if (t.failure) {
      failed += 1;
      failuresByCode[t.failure.code] = (failuresByCode[t.failure.code] ?? 0) + 1;
    } else if (movesMoney[t.kind]) {
      countByCurrency[t.currency] = (countByCurrency[t.currency] ?? 0) + 1;
      countByKind[t.kind] = (countByKind[t.kind] ?? 0) + 1;
      sums[t.currency] = (sums[t.currency] ?? 0n) + t.amount;
    }
  }
  const sumByCurrency = Object.fromEntries(Object.entries(sums).map(([currency, sum]) => [currency, sum.toString()]));
  const succeeded = transactions.length - failed;
  return { succeeded, failed, failuresByCode, countByKind, sumByCurrency, countByCurrency };
}
