import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Answer } from '../http/answer.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError } from '../http/problem.js';
import { ReportPlaces } from '../http/report-places.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { ReportDatabase } from '../storage/report-database.js';
import type { Scope } from '../storage/whose.js';
import { entriesJson } from './entry-json.js';
import { findEntries } from './find-entries.js';
import { findTransaction } from './find-transaction.js';
import { pageOfTransactions } from './page-of-transactions.js';
import { findFollowers, timelineJson } from './timeline.js';
import { totalFilters, transactionFilters } from './transaction-filters.js';
import { transactionRowJson } from './transaction-json.js';
import type { TransactionRow } from './transaction-row.js';
import { addUpTransactions, totalsJson } from './transaction-totals.js';

/** Then totals say that they are not complete. */
export const totalsMsMax = 2_000;

@Injectable()
export class TransactionsService {
  constructor(
    readonly database: Database,
    readonly lists: ListDatabase,
    readonly reports: ReportDatabase,
    readonly places: ReportPlaces,
  ) {}

  async list({ bearer, query }: FastifyRequest): Promise<Answer> {
    const filters = validated(transactionFilters, query);
    const page = await pageOfTransactions(this.lists, bearer, filters);
    return { status: 200, body: pageJson(page, filters, transactionRowJson) };
  }

  async get(id: string, { bearer }: FastifyRequest): Promise<Answer> {
    return { status: 200, body: transactionRowJson(await this.#find(bearer.scope, id)) };
  }

  async ledger(id: string, { bearer: { scope } }: FastifyRequest): Promise<Answer> {
    const { transaction_id } = await this.#find(scope, id);
    return { status: 200, body: entriesJson(await findEntries(this.database, scope, transaction_id)) };
  }

  async timeline(id: string, { bearer: { scope } }: FastifyRequest): Promise<Answer> {
    const row = await this.#find(scope, id);
    return { status: 200, body: timelineJson(row, await findFollowers(this.lists, scope, row.transaction_id)) };
  }

  async totals(request: FastifyRequest): Promise<Answer> {
    const filters = validated(totalFilters, request.query);
    // Before the first look: what was committed by then is in it.
    const asOf = new Date(this.database.nowMs()).toISOString();
    const chosen = { reader: request.bearer, filters };
    const totals = await this.places.make(request.raw, (signal) =>
      addUpTransactions(this.reports, chosen, totalsMsMax, signal),
    );
    return { status: 200, body: totalsJson(totals, asOf) };
  }

  async #find(scope: Scope, id: string): Promise<TransactionRow> {
    const transactionId = uuidParameter(id, 'id');
    const row = await findTransaction(this.database, scope, transactionId);
    if (row) return row;
    throw new ProblemError({ code: 'TRANSACTION_NOT_FOUND', detail: `There is no transaction ${transactionId}.` });
  }
}
