import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { MoneyOperations } from '../engine-client/money-operations.js';
import type { Answer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { uuidParameter } from '../http/fields.js';
import { ProblemError } from '../http/problem.js';
import { askedBy } from '../idempotency/asked.js';
import { Database } from '../storage/database.js';
import { findTransaction } from '../transactions/find-transaction.js';
import type { TransactionRow } from '../transactions/transaction-row.js';
import { transactionAnswerOf } from '../transfers/transfer-answer.js';
import { refundCommand, refundSchema, reversalCommand, reversalSchema } from './refund-requests.js';

@Injectable()
export class RefundsService {
  constructor(
    readonly operations: MoneyOperations,
    readonly database: Database,
  ) {}

  async refund(id: string, request: FastifyRequest): Promise<Answer> {
    const asked = await askedBy(this.database, request);
    const body = checkedBody(refundSchema, request);
    const command = refundCommand(asked, await this.#original(id, 'PAYMENT_NOT_FOUND'), body);
    return transactionAnswerOf(await this.operations.execute(command), request.traceId);
  }

  async reverse(id: string, request: FastifyRequest): Promise<Answer> {
    const asked = await askedBy(this.database, request);
    const body = checkedBody(reversalSchema, request);
    const command = reversalCommand(asked, await this.#original(id, 'TRANSACTION_NOT_FOUND'), body);
    const { traceId } = request;
    return transactionAnswerOf(await this.operations.execute({ ...command, traceId }), traceId);
  }

  async #original(id: string, code: 'PAYMENT_NOT_FOUND' | 'TRANSACTION_NOT_FOUND'): Promise<TransactionRow> {
    const transactionId = uuidParameter(id, 'id');
    const row = await findTransaction(this.database, transactionId);
    const what = code === 'PAYMENT_NOT_FOUND' ? 'payment' : 'transaction';
    if (!row) throw new ProblemError({ code, detail: `There is no ${what} ${transactionId}.` });
    return row;
  }
}
