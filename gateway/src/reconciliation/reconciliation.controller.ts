import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operators, viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { ReconciliationService } from './reconciliation.service.js';
import { findingAnswer, newRunAnswer, reportAnswer, runListAnswer } from './reconciliation-answers.js';
import { explainSchema, newRunSchema, reportFilters, runFilters } from './reconciliation-requests.js';

@Controller('api/reconciliation')
export class ReconciliationController {
  constructor(readonly reconciliation: ReconciliationService) {}

  @Get('report')
  @ApiCall({
    operationId: 'getReconciliationReport',
    summary: 'Read what a reconciliation found',
    access: viewers,
    rateLimit: 'reads',
    description:
      'The newest one, unless another is named; while it runs, what it found so far. A break that is found again is the same finding, with the note of whoever explained it. Nothing is repaired.',
    query: reportFilters,
    answers: { 200: reportAnswer },
    problems: ['RUN_NOT_FOUND'],
  })
  async report(@Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.reconciliation.report(query));
  }

  @Get('runs')
  @ApiCall({
    operationId: 'listReconciliations',
    summary: 'List reconciliations, newest first',
    access: viewers,
    rateLimit: 'reads',
    query: runFilters,
    answers: { 200: runListAnswer },
  })
  async list(@Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.reconciliation.list(query));
  }

  @Post('runs')
  @HttpCode(202)
  @ApiCall({
    operationId: 'requestReconciliation',
    summary: 'Have the ledger checked against itself',
    access: operators,
    rateLimit: 'acts',
    description: 'The workers begin within seconds. One that is under way is answered 409, with its `runId`.',
    body: newRunSchema,
    answers: { 202: newRunAnswer },
    problems: ['RUN_UNDER_WAY'],
  })
  async request(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.reconciliation.request(request));
  }

  @Post('findings/:id/explain')
  @HttpCode(200)
  @ApiCall({
    operationId: 'explainFinding',
    summary: 'Say why a break is there',
    access: operators,
    rateLimit: 'acts',
    description: 'It stays explained while it is the same break: off by another amount, it is another one, and open.',
    id: 'finding',
    body: explainSchema,
    answers: { 200: findingAnswer },
    problems: ['FINDING_NOT_FOUND', 'FINDING_CLOSED'],
  })
  async explain(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.reconciliation.explain(id, request));
  }
}
