import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operators, viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { jobListAnswer, jobNamePattern, jobRunFilters, jobRunListAnswer, jobRunRequested } from './job-answers.js';
import { JobsService } from './jobs.service.js';

const nameParameter = {
  name: 'name',
  description: 'The job’s name.',
  schema: { type: 'string', pattern: jobNamePattern.source },
  example: 'digests',
} as const;

@Controller('api/jobs')
export class JobsController {
  constructor(readonly jobs: JobsService) {}

  @Get()
  @ApiCall({
    operationId: 'listJobs',
    summary: 'List what the workers do at set times',
    access: viewers,
    rateLimit: 'reads',
    answers: { 200: jobListAnswer },
  })
  async list(@Res() reply: FastifyReply) {
    sendAnswer(reply, await this.jobs.list());
  }

  @Post(':name/run')
  @HttpCode(202)
  @ApiParam(nameParameter)
  @ApiCall({
    operationId: 'runJob',
    summary: 'Have a job done now',
    access: operators,
    rateLimit: 'acts',
    description: 'The workers begin within seconds. A run that is under way is answered 409, with its `runId`.',
    takesNoBody: true,
    answers: { 202: jobRunRequested },
    problems: ['JOB_NOT_FOUND', 'RUN_UNDER_WAY'],
  })
  async run(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.jobs.run(name, request));
  }

  @Get(':name/runs')
  @ApiParam(nameParameter)
  @ApiCall({
    operationId: 'listJobRuns',
    summary: 'List a job’s runs, newest first',
    access: viewers,
    rateLimit: 'reads',
    query: jobRunFilters,
    answers: { 200: jobRunListAnswer },
    problems: ['JOB_NOT_FOUND'],
  })
  async runs(@Param('name') name: string, @Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.jobs.runs(name, query));
  }
}
