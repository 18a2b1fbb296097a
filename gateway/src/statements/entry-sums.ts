import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import type { Pool } from 'pg';
import { ProblemError } from '../http/problem.js';
import { patientRead } from '../storage/patient-read.js';
import type { EntryRange } from '../transactions/entry-stretch.js';

export interface EntrySums {
  debits: bigint;
  credits: bigint;
  debitCount: number;
  creditCount: number;
}

/** Entries that one query adds up: a wallet's lie all over the ledger, each on another page of the disk. */
const entriesPerChunk = 5_000;
/** A period that takes longer is refused. */
export const sumsMsMax = 30_000;
/** Of ranges added up: entries never change, so their sums never do. */
const rangesKept = 10_000;

/** What a wallet's entries add up to. The pages of a statement, and whoever asks for it again, share the work. */
export class EntrySumReader {
  readonly #database: Pool;
  readonly #msMax: number;
  readonly #known = new Map<string, EntrySums>();

  constructor(database: Pool, msMax = sumsMsMax) {
    this.#database = database;
    this.#msMax = msMax;
  }

  /** Throws RANGE_TOO_LARGE when it takes too long. */
  async sums(range: EntryRange, signal: AbortSignal): Promise<EntrySums> {
    const name = `${range.walletId} ${range.from} ${range.before}`;
    const known = this.#known.get(name);
    if (known) return known;
    const sums = await this.#addUp(range, signal);
    if (this.#known.size >= rangesKept) this.#known.clear();
    this.#known.set(name, sums);
    return sums;
  }

  async #addUp({ walletId, from, before }: EntryRange, signal: AbortSignal): Promise<EntrySums> {
    const untilMs = performance.now() + this.#msMax;
    const sums: EntrySums = { debits: 0n, credits: 0n, debitCount: 0, creditCount: 0 };
    for (let at = from; at < before; ) {
      if (performance.now() > untilMs) throw tooMany(before - from);
      const next = at + BigInt(entriesPerChunk) < before ? at + BigInt(entriesPerChunk) : before;
      const { rows } = await patientRead(
        () => this.#database.query<SumRow>(entrySumsSql, [walletId, at.toString(), next.toString()]),
        signal,
      );
      const row = rows[0] as SumRow;
      sums.debits += parseDecimal(row.debits);
      sums.credits += parseDecimal(row.credits);
      sums.debitCount += Number(row.debit_count);
      sums.creditCount += Number(row.credit_count);
      at = next;
    }
    return sums;
  }
}

interface SumRow {
  debits: string;
  debit_count: string;
  credits: string;
  credit_count: string;
}

const side = (name: 'sender' | 'receiver', sum: string, count: string) => `
  (SELECT coalesce(sum(amount), 0)::text AS ${sum}, count(*) AS ${count} FROM transactions
    WHERE ${name}_wallet_id = $1 AND ${name}_entry_no >= $2::bigint AND ${name}_entry_no < $3::bigint) AS ${name}`;
const entrySumsSql = `SELECT * FROM ${side('sender', 'debits', 'debit_count')},${side('receiver', 'credits', 'credit_count')}`;

function tooMany(entries: bigint): ProblemError {
  const detail = `The period has ${entries} entries, which cannot be added up in time. Choose a shorter one.`;
  return new ProblemError({ code: 'RANGE_TOO_LARGE', detail });
}
