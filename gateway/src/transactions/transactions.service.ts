import { Injectable } from '@nestjs/common';
import type { Answer } from '../http/answer.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { entriesJson } from './entry-json.js';
import { findEntries } from './find-entries.js';
import { findTransaction } from './find-transaction.js';
import { listTransactions } from './list-transactions.js';
import { transactionFilters } from './transaction-filters.js';
import { transactionRowJson } from './transaction-json.js';
import type { TransactionRow } from './transaction-row.js';
import { listWalletTransactions } from './wallet-transactions.js';

@Injectable()
export class TransactionsService {
  constructor(
    readonly database: Database,
    readonly lists: ListDatabase,
  ) {}

  async list(query: unknown): Promise<Answer> {
    const filters = validated(transactionFilters, query);
    const page =
      filters.walletId === undefined
        ? await listTransactions(this.lists, filters)
        : await listWalletTransactions(this.lists, filters.walletId, filters);
    return { status: 200, body: pageJson(page, filters, transactionRowJson) };
  }

  async get(id: string): Promise<Answer> {
    return { status: 200, body: transactionRowJson(await this.#find(uuidParameter(id, 'id'))) };
  }

  async ledger(id: string): Promise<Answer> {
    const { transaction_id } = await this.#find(uuidParameter(id, 'id'));
    return { status: 200, body: entriesJson(await findEntries(this.database, transaction_id)) };
  }

  async #find(id: string): Promise<TransactionRow> {
    const row = await findTransaction(this.database, id);
    if (!row) throw new ProblemError({ code: 'TRANSACTION_NOT_FOUND', detail: `There is no transaction ${id}.` });
    return row;
  }
}
