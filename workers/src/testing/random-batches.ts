import fc from 'fast-check';
import type { Batch, BatchChange } from '../relay/batch.js';
import type { BatchRows } from '../relay/batch-events.js';
import type { TransactionRow } from '../relay/read-transactions.js';

/** Batches as engines would have written them, in the order in which they were committed. */
export interface RandomLedger {
  readonly batches: readonly Batch[];
  readonly rows: BatchRows;
  /** The last event of each partition. */
  readonly lasts: ReadonlyMap<number, number>;
}

/** What happens next: a partition goes to another engine, or an engine commits something of the partitions that it owns. */
export type LedgerStep =
  | { readonly take: number; readonly by: number }
  | { readonly commit: number; readonly of: readonly CommitStep[] };

interface CommitStep {
  /** Of the partitions that the engine owns, as many as there are. */
  readonly pick: number;
  readonly what: 'TRANSACTION' | 'CHANGE' | 'NO_CHANGE';
  /** Of a transaction: how long its metadata is. */
  readonly characters: number;
}

export interface LedgerBounds {
  readonly partitions: number;
  readonly engines: number;
  readonly steps: number;
  readonly ofOneBatch: number;
  readonly charactersMax: number;
}

export function ledgers({ partitions, engines, steps, ofOneBatch, charactersMax }: LedgerBounds) {
  const step: fc.Arbitrary<LedgerStep> = fc.oneof(
    { weight: 1, arbitrary: fc.record({ take: fc.nat(partitions - 1), by: fc.nat(engines - 1) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        commit: fc.nat(engines - 1),
        of: fc.array(
          fc.record({
            pick: fc.nat(partitions - 1),
            what: fc.constantFrom(
              'TRANSACTION' as const,
              'TRANSACTION' as const,
              'CHANGE' as const,
              'NO_CHANGE' as const,
            ),
            characters: fc.nat(charactersMax),
          }),
          { minLength: 1, maxLength: ofOneBatch },
        ),
      }),
    },
  );
  return fc.array(step, { minLength: 1, maxLength: steps }).map((list) => ledgerOf(list, partitions, engines));
}

const idOf = (kind: string, n: number) => `${kind}0000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

export function ledgerOf(steps: readonly LedgerStep[], partitions: number, engines: number): RandomLedger {
  const owners = Array.from({ length: partitions }, (_, partition) => partition % engines);
  const seqs = new Map<number, number>();
  const lasts = new Map<number, number>();
  const batches: Batch[] = [];
  const transactions = new Map<string, TransactionRow>();
  let ids = 0;
  for (const step of steps) {
    if ('take' in step) {
      owners[step.take] = step.by;
      continue;
    }
    const owned = owners.flatMap((owner, partition) => (owner === step.commit ? [partition] : []));
    if (owned.length === 0) continue;
    const seq = (seqs.get(step.commit) ?? 0) + 1;
    seqs.set(step.commit, seq);
    const firsts = new Map<number, number>();
    const transactionIds: string[] = [];
    const changes: BatchChange[] = [];
    for (const { pick, what, characters } of step.of) {
      const partition = owned[pick % owned.length] as number;
      const id = idOf(what === 'TRANSACTION' ? 'a' : 'c', ++ids);
      if (what === 'TRANSACTION') {
        transactionIds.push(id);
        transactions.set(id, rowOf(id, partition, characters));
      } else {
        const to = what === 'CHANGE' ? 'SUSPENDED' : 'ACTIVE';
        const change = {
          changeId: id,
          partition,
          walletId: id,
          reason: null,
          place: transactionIds.length,
          from: 'ACTIVE',
          to,
        };
        changes.push(change);
      }
      if (what === 'NO_CHANGE') continue;
      const last = (lasts.get(partition) ?? 0) + 1;
      if (!firsts.has(partition)) firsts.set(partition, last);
      lasts.set(partition, last);
    }
    const engineId = idOf('e', step.commit);
    batches.push({ engineId, seq, at: '2026-11-26T20:58:04.123Z', transactionIds, firsts, changes });
  }
  return { batches, rows: { transactions, currencies: new Map() }, lasts };
}

/** As Postgres writes it; the metadata are of three bytes a character. */
function rowOf(id: string, partition: number, characters: number): TransactionRow {
  return [
    ...([id, String(partition), 'SUCCESS', 'EUR', '12.5000', '', '1.0000', '2.0000', '1', '1'] as const),
    ...(['PAYMENT', 's', 'r', '2026-11-26 20:58:04', '2026-11-26 20:58:04.1'] as const),
    `"failureCode":null,"metadata":{"note":"${'\u20ac'.repeat(characters)}"}`,
  ];
}
