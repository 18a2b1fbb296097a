import { Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operators, viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { SummariesService } from './summaries.service.js';
import { summaryListAnswer, summaryRequested } from './summary-answers.js';
import { requestSummarySchema, summaryFilters } from './summary-requests.js';

@Controller('api/ai/summaries')
export class SummariesController {
  constructor(readonly summaries: SummariesService) {}

  @Get()
  @ApiCall({
    operationId: 'listSummaries',
    summary: 'List what was told of each day, newest first',
    access: viewers,
    rateLimit: 'reads',
    query: summaryFilters,
    answers: { 200: summaryListAnswer },
  })
  async list(@Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.summaries.list(query));
  }

  @Post()
  @HttpCode(202)
  @ApiCall({
    operationId: 'requestSummary',
    summary: 'Have a day told in words',
    access: operators,
    rateLimit: 'acts',
    description:
      'The workers write it within a minute or so: with a model where one is configured and answers, else in plain sentences. Of several summaries of a day the newest counts. ' +
      'Asked for again while it waits it is the same request. 20 wait at most; beyond that it is 429.',
    body: requestSummarySchema,
    answers: { 202: summaryRequested },
  })
  async request(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.summaries.request(request));
  }
}
