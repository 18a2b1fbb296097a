import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { approvalAnswer } from '../approvals/approval-answers.js';
import { movers, readers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { requiredKey } from '../http/idempotency-key.js';
import { transactionAnswer } from '../transactions/transaction-answers.js';
import { captureProblems, holdEndProblems, holdProblems } from '../transfers/transfer-problems.js';
import { holdAnswer, holdListAnswer, holdWithCapturesAnswer } from './hold-answers.js';
import { captureSchema, holdFilters, newHoldSchema, voidSchema } from './hold-requests.js';
import { HoldsService } from './holds.service.js';

@Controller('api/holds')
export class HoldsController {
  constructor(readonly holds: HoldsService) {}

  @Post()
  @ApiCall({
    operationId: 'createHold',
    summary: 'Set money apart for a receiver',
    access: movers,
    rateLimit: 'payments',
    description:
      'The money stays in the wallet, and nobody can spend it but by a capture. It counts to the wallet\u2019s limits now, but for what it gives back on the same day (UTC). A capture counts to the receiver\u2019s `dailyIn`.',
    body: newHoldSchema,
    idempotencyKey: requiredKey,
    location: '/api/holds/{id}',
    answers: { 201: holdAnswer, 202: approvalAnswer },
    problems: holdProblems,
  })
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.holds.create(request));
  }

  @Get()
  @ApiCall({
    operationId: 'listHolds',
    summary: 'List holds, newest first',
    access: readers,
    rateLimit: 'reads',
    query: holdFilters,
    answers: { 200: holdListAnswer },
  })
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.holds.list(request));
  }

  @Get(':id')
  @ApiCall({
    operationId: 'getHold',
    summary: 'Read a hold as it is now, and its captures',
    access: readers,
    rateLimit: 'reads',
    id: 'hold',
    answers: { 200: holdWithCapturesAnswer },
    problems: ['HOLD_NOT_FOUND'],
  })
  async get(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.holds.get(id, request));
  }

  @Post(':id/capture')
  @ApiCall({
    operationId: 'captureHold',
    summary: 'Pay from a hold, in part or whole',
    access: movers,
    rateLimit: 'payments',
    description: 'A capture that is refused leaves the hold as it is.',
    id: 'hold',
    body: captureSchema,
    bodyMayBeEmpty: true,
    idempotencyKey: requiredKey,
    location: '/api/transactions/{id}',
    answers: { 201: transactionAnswer, 202: approvalAnswer },
    problems: captureProblems,
  })
  async capture(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.holds.capture(id, request));
  }

  @Post(':id/void')
  @ApiCall({
    operationId: 'voidHold',
    summary: 'Give a hold up: what remains is available again',
    access: movers,
    rateLimit: 'payments',
    id: 'hold',
    body: voidSchema,
    bodyMayBeEmpty: true,
    idempotencyKey: requiredKey,
    location: '/api/transactions/{id}',
    answers: { 201: transactionAnswer },
    problems: holdEndProblems,
  })
  async void(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.holds.void(id, request));
  }
}
