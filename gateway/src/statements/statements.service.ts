import { Injectable } from '@nestjs/common';
import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FinalTime } from '../closing/final-time.js';
import { ExportLog } from '../exports/export-log.js';
import { prefers } from '../http/accept.js';
import { type Answer, jsonAnswer, sendAnswer } from '../http/answer.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ReportPlaces } from '../http/report-places.js';
import { StreamedAnswers } from '../http/streamed-answers.js';
import { validated } from '../http/validate.js';
import { varyBy } from '../http/vary.js';
import { ListDatabase } from '../storage/list-database.js';
import { ReadingPace } from '../storage/reading-pace.js';
import { ReportDatabase } from '../storage/report-database.js';
import type { Scope } from '../storage/whose.js';
import { entryJson } from '../transactions/entry-json.js';
import { findWallet } from '../wallets/find-wallet.js';
import { walletNotFound } from '../wallets/wallet-not-found.js';
import { readBalanceLine } from './balance-line.js';
import { EntrySumReader } from './entry-sums.js';
import { listEntries } from './list-entries.js';
import { entriesOfPeriod, readStatementPage } from './statement.js';
import { statementCsv } from './statement-csv.js';
import { entryFilters, lineFilters, type StatementFilters, statementFilters } from './statement-filters.js';

/** A period that has just ended: what still runs has this long to finish, for the statement to be called closed. */
const closingWaitMs = 250;

@Injectable()
export class StatementsService {
  readonly #sums: EntrySumReader;

  constructor(
    readonly lists: ListDatabase,
    readonly reports: ReportDatabase,
    readonly finalTime: FinalTime,
    readonly streams: StreamedAnswers,
    readonly places: ReportPlaces,
    readonly pace: ReadingPace,
    readonly exportLog: ExportLog,
  ) {
    this.#sums = new EntrySumReader(reports);
  }

  async entries(id: string, { bearer, query }: FastifyRequest): Promise<Answer> {
    const walletId = uuidParameter(id, 'id');
    const filters = validated(entryFilters, query);
    await this.#currency(bearer.scope, walletId);
    const page = await listEntries(this.lists, walletId, filters);
    return { status: 200, body: pageJson(page, filters, entryJson) };
  }

  async balances(id: string, { bearer, query }: FastifyRequest): Promise<Answer> {
    const walletId = uuidParameter(id, 'id');
    const { from, to } = validated(lineFilters, query);
    const currency = await this.#currency(bearer.scope, walletId);
    const { points, entries } = await readBalanceLine(this.lists, walletId, { from, to });
    const items = points.map(({ at, balance }) => ({ at, balance: formatMoney(balance, currency) }));
    return jsonAnswer(200, { walletId, currency, from, to, entries, items });
  }

  async statement(id: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const walletId = uuidParameter(id, 'id');
    const filters = validated(statementFilters, request.query);
    const currency = await this.#currency(request.bearer.scope, walletId);
    varyBy(reply, 'Accept');
    if (prefers(request.headers.accept, 'text/csv')) await this.#file(walletId, filters, request, reply);
    else {
      const body = await this.places.make(request.raw, (signal) => this.#page(walletId, currency, filters, signal));
      sendAnswer(reply, { status: 200, body });
    }
  }

  async #page(walletId: string, currency: string, filters: StatementFilters, signal: AbortSignal): Promise<string> {
    // First: only what is read after a period is closed is all of it.
    const closed = await this.#isClosed(filters.to);
    const { range, opening, closing, page } = await readStatementPage(this.lists, walletId, filters);
    const sums = await this.#sums.sums(range, signal);
    const money = (scaled: bigint) => formatMoney(scaled, currency);
    const { from, to } = filters;
    const summary = {
      ...{ walletId, currency, from, to, closed, opening: money(opening), closing: money(closing) },
      ...{ debits: money(sums.debits), credits: money(sums.credits) },
      ...{ debitCount: sums.debitCount, creditCount: sums.creditCount },
    };
    return `${JSON.stringify(summary).slice(0, -1)},${pageJson(page, filters, entryJson).slice(1)}`;
  }

  /** Whole, whatever the page size. */
  async #file(
    walletId: string,
    filters: StatementFilters,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const room = this.streams.take(request.raw);
    try {
      await this.#isClosed(filters.to);
      const range = await entriesOfPeriod(this.lists, walletId, filters);
      const name = `statement-${walletId}.csv`;
      const { from, to } = filters;
      const exported = await this.exportLog.begin(request, {
        ...{ action: 'STATEMENT_EXPORTED', subject: walletId, format: 'csv', filters: { from, to } },
        rows: Number(range.before - range.from),
      });
      const head = {
        contentType: 'text/csv; charset=utf-8',
        headers: { 'content-disposition': `attachment; filename="${name}"` },
        ended: exported.ended,
      };
      const file = { range, pace: this.pace, exported };
      this.streams.send(reply, room, head, statementCsv(this.reports, file, room.signal));
    } catch (error) {
      room.free();
      throw error;
    }
  }

  async #isClosed(to: string): Promise<boolean> {
    const endMs = Date.parse(to);
    return (await this.finalTime.reach(endMs, closingWaitMs)) >= endMs;
  }

  async #currency(scope: Scope, walletId: string): Promise<string> {
    const wallet = await findWallet(this.lists, scope, walletId);
    if (!wallet) throw walletNotFound(walletId);
    return wallet.currency;
  }
}
