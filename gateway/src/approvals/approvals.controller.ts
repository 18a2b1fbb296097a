import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operators, viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { approvalAnswer, approvalListAnswer } from './approval-answers.js';
import { approvalFilters, approveSchema, rejectSchema } from './approval-requests.js';
import { ApprovalsService } from './approvals.service.js';

@Controller('api/approvals')
export class ApprovalsController {
  constructor(readonly approvals: ApprovalsService) {}

  @Get()
  @ApiCall({
    operationId: 'listApprovals',
    summary: 'List approvals, newest first',
    access: viewers,
    rateLimit: 'reads',
    query: approvalFilters,
    answers: { 200: approvalListAnswer },
  })
  async list(@Query() query: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.approvals.list(query, request));
  }

  @Get(':id')
  @ApiCall({
    operationId: 'getApproval',
    summary: 'Read an approval',
    access: viewers,
    rateLimit: 'reads',
    id: 'approval',
    answers: { 200: approvalAnswer },
    problems: ['APPROVAL_NOT_FOUND'],
  })
  async get(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.approvals.get(id, request));
  }

  @Post(':id/approve')
  @HttpCode(200)
  @ApiCall({
    operationId: 'approveApproval',
    summary: 'Approve what another person asked for, and have it done',
    access: operators,
    rateLimit: 'acts',
    description:
      'By a person who signed in, who is neither the one who asked nor the one it is about; on users and tokens by an admin. What was shown is done, once, and only if ' +
      'what it was judged by is still so. `result` is null while it is not known to be done: it is done meanwhile.',
    id: 'approval',
    body: approveSchema,
    bodyMayBeEmpty: true,
    answers: { 200: approvalAnswer },
    problems: ['APPROVAL_NOT_FOUND', 'SELF_APPROVAL', 'APPROVAL_DECIDED'],
    problemsAs: { 409: ['APPROVAL_STALE', 'APPROVAL_EXPIRED'] },
  })
  async approve(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.approvals.approve(id, request));
  }

  @Post(':id/reject')
  @HttpCode(200)
  @ApiCall({
    operationId: 'rejectApproval',
    summary: 'Reject what another person asked for',
    access: operators,
    rateLimit: 'acts',
    id: 'approval',
    body: rejectSchema,
    answers: { 200: approvalAnswer },
    problems: ['APPROVAL_NOT_FOUND', 'SELF_APPROVAL', 'APPROVAL_DECIDED'],
    problemsAs: { 409: ['APPROVAL_EXPIRED'] },
  })
  async reject(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.approvals.reject(id, request));
  }
}
