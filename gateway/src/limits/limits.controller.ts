import { Controller, Get, Param, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { approvalAnswer } from '../approvals/approval-answers.js';
import { operators, readers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { requiredKey } from '../http/idempotency-key.js';
import { limitsProblems } from '../transfers/transfer-problems.js';
import { limitsSchema } from './limit-requests.js';
import { LimitsService } from './limits.service.js';
import { limitsAnswer } from './limits-answer.js';

@Controller('api/wallets')
export class LimitsController {
  constructor(readonly limits: LimitsService) {}

  @Get(':id/limits')
  @ApiCall({
    operationId: 'getLimits',
    summary: 'Read a wallet\u2019s limits, and what is left of them today',
    access: readers,
    rateLimit: 'reads',
    id: 'wallet',
    answers: { 200: limitsAnswer },
    problems: ['WALLET_NOT_FOUND'],
  })
  async get(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.limits.get(id, request));
  }

  @Put(':id/limits')
  @ApiCall({
    operationId: 'replaceLimits',
    summary: 'Replace a wallet\u2019s limits',
    access: operators,
    rateLimit: 'acts',
    description:
      'All four: one that is null or left out is gone. Counters are kept without a limit too, so that one set at noon knows the morning.',
    id: 'wallet',
    body: limitsSchema,
    idempotencyKey: requiredKey,
    answers: { 200: limitsAnswer, 202: approvalAnswer },
    problems: limitsProblems,
  })
  async replace(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.limits.replace(id, request));
  }
}
