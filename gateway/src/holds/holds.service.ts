import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { MoneyOperations } from '../engine-client/money-operations.js';
import type { Answer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { askedBy } from '../idempotency/asked.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { recordedAnswer, transactionAnswerOf } from '../transfers/transfer-answer.js';
import { findCaptures, findHold } from './find-hold.js';
import { holdRowJson, holdWithCapturesJson, newHoldJson } from './hold-json.js';
import {
  captureCommand,
  captureSchema,
  expiresAtError,
  holdCommand,
  holdFilters,
  voidCommand,
} from './hold-requests.js';
import type { HoldRow } from './hold-row.js';
import { listHolds } from './list-holds.js';

@Injectable()
export class HoldsService {
  constructor(
    readonly operations: MoneyOperations,
    readonly database: Database,
    readonly lists: ListDatabase,
  ) {}

  async create(request: FastifyRequest): Promise<Answer> {
    const command = holdCommand(await askedBy(this.database, request), request);
    const result = await this.operations.execute(command);
    // Only of one that was over before it was made.
    if (result.outcome === 'RECORDED' && result.transaction.failureCode === 'HOLD_EXPIRED')
      throw new ProblemError(validationFailed([expiresAtError]));
    return recordedAnswer(result, request.traceId, (recorded) => ({
      body: newHoldJson(command, recorded),
      location: `/api/holds/${recorded.transactionId}`,
    }));
  }

  async capture(id: string, request: FastifyRequest): Promise<Answer> {
    const holdId = uuidParameter(id, 'id');
    const asked = await askedBy(this.database, request);
    const body = checkedBody(captureSchema, request);
    const command = captureCommand(asked, await this.#find(holdId), body);
    return transactionAnswerOf(await this.operations.execute(command), request.traceId);
  }

  async void(id: string, request: FastifyRequest): Promise<Answer> {
    const command = voidCommand(await askedBy(this.database, request), uuidParameter(id, 'id'), request);
    return transactionAnswerOf(await this.operations.execute(command), request.traceId);
  }

  async get(id: string): Promise<Answer> {
    const row = await this.#find(uuidParameter(id, 'id'));
    return { status: 200, body: holdWithCapturesJson(row, await findCaptures(this.database, row.hold_id)) };
  }

  async list(query: unknown): Promise<Answer> {
    const filters = validated(holdFilters, query);
    return { status: 200, body: pageJson(await listHolds(this.lists, filters), filters, holdRowJson) };
  }

  async #find(holdId: string): Promise<HoldRow> {
    const row = await findHold(this.database, holdId);
    if (!row) throw new ProblemError({ code: 'HOLD_NOT_FOUND', detail: `There is no hold ${holdId}.` });
    return row;
  }
}
