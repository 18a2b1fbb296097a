import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { approvalAnswer } from '../approvals/approval-answers.js';
import { movers, readers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { requiredKey } from '../http/idempotency-key.js';
import { transactionAnswer } from '../transactions/transaction-answers.js';
import { transferProblems } from '../transfers/transfer-problems.js';
import { paymentSchema } from '../transfers/transfer-request.js';
import {
  atomicBatchAnswer,
  atomicBatchRefusedAnswer,
  batchAnswer,
  paymentAnswer,
  paymentsByKeyAnswer,
} from './payment-answers.js';
import { atomicBatchSchema, batchPoints, plainBatchSchema } from './payment-batch.js';
import { PaymentsService } from './payments.service.js';
import { paymentsByKeyFilter } from './payments-by-key.js';

@Controller('api/payments')
export class PaymentsController {
  constructor(readonly payments: PaymentsService) {}

  @Post()
  @ApiCall({
    operationId: 'createPayment',
    summary: 'Make a payment',
    access: movers,
    rateLimit: 'payments',
    body: paymentSchema,
    idempotencyKey: requiredKey,
    location: '/api/payments/{id}',
    answers: { 201: transactionAnswer, 202: approvalAnswer },
    problems: transferProblems,
  })
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.payments.create(request));
  }

  @Post('batch')
  @ApiCall({
    operationId: 'createPaymentBatch',
    summary: 'Make many payments',
    access: movers,
    rateLimit: 'payments',
    ratePoints: batchPoints,
    description:
      'A plain batch answers 200 with a result for each payment, which has a key of its own. Its payments are independent ' +
      'and not ordered: each stands or falls alone, none can count on another one of the batch, and what a payment alone would be refused with (404, 422, 503 \u2026) is in its result. ' +
      'With `atomic: true` all are made (201) or none (422), under the one key in the header, and later payments see ' +
      'the money of earlier ones.',
    body: [plainBatchSchema, atomicBatchSchema],
    idempotencyKey: {
      required: false,
      description: 'Required with `atomic: true`. Refused without: there each payment has an `idempotencyKey`.',
    },
    answers: { 200: batchAnswer, 201: atomicBatchAnswer, 202: approvalAnswer },
    problems: [...transferProblems, 'BATCH_REFUSED'],
    problemSchemas: { 422: atomicBatchRefusedAnswer },
  })
  async createBatch(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.payments.createBatch(request));
  }

  @Get()
  @ApiCall({
    operationId: 'findPaymentsByKey',
    summary: 'Find out what became of an idempotency key',
    access: readers,
    rateLimit: 'reads',
    description: 'One transaction of whatever kind, or all of an atomic batch; `items` is empty when there is nothing.',
    query: paymentsByKeyFilter,
    answers: { 200: paymentsByKeyAnswer },
    problems: ['ANSWER_ARCHIVED'],
  })
  async byKey(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.payments.byKey(request));
  }

  @Get(':id')
  @ApiCall({
    operationId: 'getPayment',
    summary: 'Read a payment',
    access: readers,
    rateLimit: 'reads',
    id: 'payment',
    answers: { 200: paymentAnswer },
    problems: ['PAYMENT_NOT_FOUND'],
  })
  async get(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.payments.get(id, request));
  }
}
