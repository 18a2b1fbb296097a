import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FinalTime } from '../closing/final-time.js';
import { ProblemError } from '../http/problem.js';
import { StreamedAnswers, type StreamRoom } from '../http/streamed-answers.js';
import { validated } from '../http/validate.js';
import { ReadingPace } from '../storage/reading-pace.js';
import { ReportDatabase } from '../storage/report-database.js';
import type { Reader } from '../storage/whose.js';
import type { TransactionFilters } from '../transactions/transaction-filters.js';
import { addUpTransactions } from '../transactions/transaction-totals.js';
import { exportFilters } from './export-filters.js';
import { ExportLog } from './export-log.js';
import { transactionLines } from './transaction-export.js';
import { exportFormats } from './transaction-lines.js';

/** What has just been committed beside something that still runs is waited for so long; then what is final is exported. */
const finalWaitMs = 5_000;
/** Rows are counted before the first one is sent. What takes longer is refused. */
export const countMsMax = 60_000;

@Injectable()
export class ExportsService {
  constructor(
    readonly reports: ReportDatabase,
    readonly finalTime: FinalTime,
    readonly streams: StreamedAnswers,
    readonly pace: ReadingPace,
    readonly exportLog: ExportLog,
  ) {}

  async transactions(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { format: name, ...asked } = validated(exportFilters, request.query);
    const room = this.streams.take(request.raw);
    try {
      const asOf = await this.#cutOff(room.signal);
      const filters = { ...asked, to: asked.to !== undefined && asked.to < asOf ? asked.to : asOf };
      const reader = request.bearer;
      const total = await this.#count(reader, filters, room);
      const format = exportFormats[name];
      const headers = {
        'export-as-of': asOf,
        'export-total': String(total),
        'content-disposition': `attachment; filename="transactions.${name}"`,
      };
      const exported = await this.exportLog.begin(request, {
        ...{ action: 'TRANSACTIONS_EXPORTED', format: name, filters: asked, asOf, rows: total },
      });
      const chosen = { reader, filters, format, total, pace: this.pace, exported };
      const { contentType } = format;
      const { ended } = exported;
      const lines = transactionLines(this.reports, chosen, room.signal);
      this.streams.send(reply, room, { contentType, headers, ended }, lines);
    } catch (error) {
      room.free();
      throw error;
    }
  }

  /** Everything below it is committed and stays as it is: so the count holds, whatever is written meanwhile. */
  async #cutOff(signal: AbortSignal): Promise<string> {
    const finalMs = await this.finalTime.reach(null, finalWaitMs, signal);
    if (finalMs > 0) return new Date(finalMs).toISOString();
    const detail =
      'Something in the database has been running for long, and it did not become known in time what is final.';
    throw new ProblemError({ code: 'DEADLINE_EXCEEDED', detail });
  }

  async #count(reader: Reader, filters: TransactionFilters, room: StreamRoom): Promise<number> {
    const rest = (workedMs: number) => this.pace.restFromCounting(workedMs, room.signal);
    const chosen = { reader, filters, rest };
    const { count, complete } = await addUpTransactions(this.reports, chosen, countMsMax, room.signal);
    if (complete) return count;
    const detail = `More than ${count} transactions match, which takes too long to count. Choose a shorter time.`;
    throw new ProblemError({ code: 'RANGE_TOO_LARGE', detail });
  }
}
