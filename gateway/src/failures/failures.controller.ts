import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { ReportPlaces } from '../http/report-places.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { ReportDatabase } from '../storage/report-database.js';
import { analyseFailures, analysisJson } from './failure-analysis.js';
import { failureAnalysisAnswer } from './failure-answers.js';
import { failureFilters, periodDaysMax } from './failure-filters.js';
import { failurePeriod } from './failure-period.js';

@Controller('api/failures')
export class FailuresController {
  constructor(
    readonly database: Database,
    readonly reports: ReportDatabase,
    readonly places: ReportPlaces,
  ) {}

  @Get('analysis')
  @ApiCall({
    operationId: 'analyzeFailures',
    summary: 'Read why payments failed, beside the period before',
    access: viewers,
    rateLimit: 'reads',
    description: `At most ${periodDaysMax} days. The figures are exact to the millisecond.`,
    query: failureFilters,
    answers: { 200: failureAnalysisAnswer },
    problems: ['OVERLOADED'],
  })
  async analysis(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const period = failurePeriod(validated(failureFilters, request.query), this.database.nowMs());
    const analysis = await this.places.make(request.raw, (signal) => analyseFailures(this.reports, period, signal));
    sendAnswer(reply, { status: 200, body: analysisJson(analysis) });
  }
}
