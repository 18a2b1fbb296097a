import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { FourEyes } from '../approvals/four-eyes.js';
import { holdProposal } from '../approvals/money-proposals.js';
import { movesMoneyFreely } from '../approvals/standing.js';
import { captureJudged, captureProposal } from '../approvals/state-proposals.js';
import { MoneyOperations } from '../engine-client/money-operations.js';
import type { Answer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { type Asked, askedBy } from '../idempotency/asked.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { transactionAnswerOf } from '../transfers/transfer-answer.js';
import { findCaptures, findHold, findHoldToEnd } from './find-hold.js';
import { holdRowJson, holdWithCapturesJson } from './hold-json.js';
import { captureCommand, captureSchema, holdCommand, holdFilters, voidCommand } from './hold-requests.js';
import type { HoldRow } from './hold-row.js';
import { listHolds } from './list-holds.js';
import { newHoldAnswer } from './new-hold-answer.js';

type CaptureBody = z.infer<typeof captureSchema>;

@Injectable()
export class HoldsService {
  constructor(
    readonly operations: MoneyOperations,
    readonly database: Database,
    readonly lists: ListDatabase,
    readonly fourEyes: FourEyes,
  ) {}

  async create(request: FastifyRequest): Promise<Answer> {
    const command = holdCommand(await askedBy(this.database, request), request);
    if (!movesMoneyFreely(request.bearer)) {
      const needsApproval = this.fourEyes.threshold.reachedBy(BigInt(command.amount));
      const waits = await this.fourEyes.gate(request, command, () => (needsApproval ? holdProposal(command) : null));
      if (waits) return waits;
    }
    return newHoldAnswer(command, await this.operations.execute(command), request.traceId);
  }

  async capture(id: string, request: FastifyRequest): Promise<Answer> {
    const holdId = uuidParameter(id, 'id');
    const asked = await askedBy(this.database, request);
    const body = checkedBody(captureSchema, request);
    if (!movesMoneyFreely(request.bearer)) return this.#captureJudged(holdId, asked, body, request);
    const command = captureCommand(asked, await this.#toEnd(holdId, request), body);
    return transactionAnswerOf(await this.operations.execute(command), request.traceId);
  }

  async #captureJudged(holdId: string, asked: Asked, body: CaptureBody, request: FastifyRequest): Promise<Answer> {
    const { threshold } = this.fourEyes;
    const { waits, result } = await this.fourEyes.judged(request, async () => {
      const hold = await this.#toEnd(holdId, request);
      const command = captureCommand(asked, hold, body);
      const judged = captureJudged(hold, command.amount === null ? null : BigInt(command.amount));
      if (this.fourEyes.judges(request.bearer)) command.expectedRemaining = judged.remaining.toString();
      const needsApproval = judged.isPossible && threshold.reachedBy(judged.together);
      const { amount, remaining } = judged;
      return { command, propose: () => (needsApproval ? captureProposal(hold, amount, remaining, body.final) : null) };
    });
    return waits ?? transactionAnswerOf(result, request.traceId);
  }

  async void(id: string, request: FastifyRequest): Promise<Answer> {
    const command = voidCommand(await askedBy(this.database, request), uuidParameter(id, 'id'), request);
    return transactionAnswerOf(await this.operations.execute(command), request.traceId);
  }

  async get(id: string, { bearer: { scope } }: FastifyRequest): Promise<Answer> {
    const holdId = uuidParameter(id, 'id');
    const row = await this.#found(findHold(this.database, scope, holdId), holdId);
    return { status: 200, body: holdWithCapturesJson(row, await findCaptures(this.database, holdId)) };
  }

  async list({ bearer, query }: FastifyRequest): Promise<Answer> {
    const filters = validated(holdFilters, query);
    return { status: 200, body: pageJson(await listHolds(this.lists, bearer.scope, filters), filters, holdRowJson) };
  }

  #toEnd(holdId: string, { bearer }: FastifyRequest): Promise<HoldRow> {
    return this.#found(findHoldToEnd(this.database, bearer.scope, holdId), holdId);
  }

  async #found(finding: Promise<HoldRow | undefined>, holdId: string): Promise<HoldRow> {
    const row = await finding;
    if (!row) throw new ProblemError({ code: 'HOLD_NOT_FOUND', detail: `There is no hold ${holdId}.` });
    return row;
  }
}
