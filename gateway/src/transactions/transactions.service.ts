import { Injectable } from '@nestjs/common';
import { formatMoney, parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { uuidParameter } from '../http/fields.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { listTransactions, transactionFilters } from './list-transactions.js';
import { transactionRowJson } from './transaction-json.js';
import { type TransactionRow, transactionColumns } from './transaction-row.js';

@Injectable()
export class TransactionsService {
  constructor(readonly database: Database) {}

  async list(query: unknown): Promise<Answer> {
    return { status: 200, body: await listTransactions(this.database, validated(transactionFilters, query)) };
  }

  async get(id: string): Promise<Answer> {
    return { status: 200, body: transactionRowJson(await this.#find(uuidParameter(id, 'id'))) };
  }

  /** Its two ledger entries; none when it failed. */
  async ledger(id: string): Promise<Answer> {
    const { transaction_id, currency } = await this.#find(uuidParameter(id, 'id'));
    const { rows } = await this.database.query<EntryRow>(
      `SELECT entry_id, wallet_id, entry_type, amount, balance_after, entry_no, created_at
         FROM ledger_entries WHERE transaction_id = $1 ORDER BY entry_type DESC`,
      [transaction_id],
    );
    const entries = rows.map((row) => ({
      entryId: row.entry_id,
      walletId: row.wallet_id,
      entryType: row.entry_type,
      amount: formatMoney(parseDecimal(row.amount), currency),
      currency,
      balanceAfter: formatMoney(parseDecimal(row.balance_after), currency),
      entryNo: Number(row.entry_no),
      createdAt: row.created_at.toISOString(),
    }));
    return jsonAnswer(200, { entries });
  }

  async #find(id: string): Promise<TransactionRow> {
    const row = await findTransaction(this.database, id);
    if (!row) throw new ProblemError({ code: 'TRANSACTION_NOT_FOUND', detail: `There is no transaction ${id}.` });
    return row;
  }
}

interface EntryRow {
  entry_id: string;
  wallet_id: string;
  entry_type: 'DEBIT' | 'CREDIT';
  amount: string;
  balance_after: string;
  entry_no: string;
  created_at: Date;
}

export async function findTransaction(database: Database, id: string): Promise<TransactionRow | undefined> {
  const { rows } = await database.query<TransactionRow>({
    name: 'find-transaction',
    text: `SELECT ${transactionColumns} FROM transactions WHERE transaction_id = $1`,
    values: [id],
  });
  return rows[0];
}
