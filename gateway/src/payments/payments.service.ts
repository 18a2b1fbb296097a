import { Injectable } from '@nestjs/common';
import type { TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import type { FastifyRequest } from 'fastify';
import { FourEyes } from '../approvals/four-eyes.js';
import { movesMoneyFreely } from '../approvals/standing.js';
import { EngineClient } from '../engine-client/engine-client.js';
import type { Answer } from '../http/answer.js';
import { uuidParameter } from '../http/fields.js';
import { itemErrorsMax, ProblemError, validationFailed } from '../http/problem.js';
import { askedBy } from '../idempotency/asked.js';
import { requestKey } from '../idempotency/request-key.js';
import { findRefunded } from '../refunds/find-refunded.js';
import { Database } from '../storage/database.js';
import { traceWith } from '../tracing/command-trace.js';
import { findTransaction } from '../transactions/find-transaction.js';
import { problemItemJson, transferAnswer, transferItemJson } from '../transfers/transfer-answer.js';
import { readPayment, transferCommand } from '../transfers/transfer-request.js';
import { Transfers } from '../transfers/transfers.js';
import { atomicAnswer } from './atomic-answer.js';
import { atomicBatchCommand, readBatchBody, readBatchItem, refuseHeaderKey } from './payment-batch.js';
import { paymentJson } from './payment-json.js';
import { findByKey } from './payments-by-key.js';
import { paymentsByKeyJson } from './payments-by-key-json.js';

@Injectable()
export class PaymentsService {
  constructor(
    readonly transfers: Transfers,
    readonly engine: EngineClient,
    readonly database: Database,
    readonly fourEyes: FourEyes,
  ) {}

  async create(request: FastifyRequest): Promise<Answer> {
    const key = await requestKey(this.database, request.bearer.subject, request.headers['idempotency-key']);
    const payment = readPayment(request.body, request.bodyHasEscapes);
    if (Array.isArray(payment)) throw new ProblemError(validationFailed(payment));
    const command = traceWith(transferCommand(request.bearer, key, payment, this.database.nowMs()), request.span);
    if (!movesMoneyFreely(request.bearer)) {
      const waits = await this.fourEyes.gateTransfer(request, command);
      if (waits) return waits;
    }
    return transferAnswer(command, await this.transfers.execute(command), request.traceId);
  }

  async createBatch(request: FastifyRequest): Promise<Answer> {
    const { atomic, payments } = readBatchBody(request.body);
    if (atomic) return this.#createAtomic(request, payments);
    refuseHeaderKey(request.headers['idempotency-key']);
    return this.#createEach(request, payments);
  }

  async get(id: string, { bearer }: FastifyRequest): Promise<Answer> {
    const paymentId = uuidParameter(id, 'id');
    const row = await findTransaction(this.database, bearer.scope, paymentId);
    if (row?.kind !== 'PAYMENT') {
      const instead = row ? ` It is a ${row.kind}: read /api/transactions/${paymentId}.` : '';
      throw new ProblemError({ code: 'PAYMENT_NOT_FOUND', detail: `There is no payment ${paymentId}.${instead}` });
    }
    return { status: 200, body: paymentJson(row, await findRefunded(this.database, paymentId)) };
  }

  async byKey({ bearer, query }: FastifyRequest): Promise<Answer> {
    return { status: 200, body: paymentsByKeyJson(await findByKey(this.database, bearer, query)) };
  }

  /** Each payment stands and falls alone. */
  #createEach(request: FastifyRequest, payments: unknown[]): Promise<Answer> {
    const { bearer, bodyHasEscapes, traceId, span } = request;
    const initiatedAtMs = this.database.nowMs();
    const items = new Array<string>(payments.length);
    const transactionIds: string[] = [];
    let open = payments.length;
    return new Promise((resolve, reject) => {
      const finish = (index: number, item: string) => {
        items[index] = item;
        if (--open === 0) resolve({ status: 200, body: `{"results":[${items.join(',')}]}`, transactionIds });
      };
      const commands: TransferCommand[] = [];
      /** Where each command's payment stands in the batch. */
      const places: number[] = [];
      for (let index = 0; index < payments.length; index++) {
        const item = readBatchItem(payments[index], bodyHasEscapes);
        if (Array.isArray(item)) {
          finish(index, problemItemJson(validationFailed(item, itemErrorsMax), traceId));
        } else {
          places.push(index);
          commands.push(traceWith(transferCommand(bearer, item.key, item.payment, initiatedAtMs), span));
        }
      }
      if (!movesMoneyFreely(request.bearer)) this.fourEyes.refusePlainBatch(request.bearer, commands);
      this.transfers.start(commands, (i, result) => {
        try {
          if (result.outcome === 'RECORDED') transactionIds.push(result.transaction.transactionId);
          finish(places[i] as number, transferItemJson(commands[i] as TransferCommand, result, traceId));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  async #createAtomic(request: FastifyRequest, payments: unknown[]): Promise<Answer> {
    const command = atomicBatchCommand(await askedBy(this.database, request), payments, request.bodyHasEscapes);
    if (!movesMoneyFreely(request.bearer)) {
      const waits = await this.fourEyes.gateBatch(request, command);
      if (waits) return waits;
    }
    return atomicAnswer(command, await this.engine.execute(command), request.traceId);
  }
}
