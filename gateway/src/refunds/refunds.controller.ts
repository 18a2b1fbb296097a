import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { approvalAnswer } from '../approvals/approval-answers.js';
import { movers, operators } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { requiredKey } from '../http/idempotency-key.js';
import { transactionAnswer } from '../transactions/transaction-answers.js';
import { refundProblems, reversalProblems } from '../transfers/transfer-problems.js';
import { refundSchema, reversalSchema } from './refund-requests.js';
import { RefundsService } from './refunds.service.js';

@Controller('api')
export class RefundsController {
  constructor(readonly refunds: RefundsService) {}

  @Post('payments/:id/refunds')
  @ApiCall({
    operationId: 'refundPayment',
    summary: 'Pay a payment back, in part or whole',
    access: movers,
    rateLimit: 'payments',
    description: 'Of a payment or of a capture, as often as a hundred times, and never more than was paid.',
    id: 'payment',
    body: refundSchema,
    bodyMayBeEmpty: true,
    idempotencyKey: requiredKey,
    location: '/api/transactions/{id}',
    answers: { 201: transactionAnswer, 202: approvalAnswer },
    problems: refundProblems,
  })
  async refund(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.refunds.refund(id, request));
  }

  @Post('transactions/:id/reversal')
  @ApiCall({
    operationId: 'reverseTransaction',
    summary: 'Take back all that is left of a transaction',
    access: operators,
    rateLimit: 'acts',
    description: 'Of a payment, a capture, a deposit or a withdrawal. Suspended wallets do not stand in the way.',
    id: 'transaction',
    body: reversalSchema,
    idempotencyKey: requiredKey,
    location: '/api/transactions/{id}',
    answers: { 201: transactionAnswer, 202: approvalAnswer },
    problems: reversalProblems,
  })
  async reverse(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.refunds.reverse(id, request));
  }
}
