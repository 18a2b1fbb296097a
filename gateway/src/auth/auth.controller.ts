import { Body, Controller, Delete, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { approvalAnswer } from '../approvals/approval-answers.js';
import { approvalProblems } from '../approvals/approval-problems.js';
import { admins } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { approvedKey } from '../http/idempotency-key.js';
import { AuthService } from './auth.service.js';
import { tokenAnswer, tokenListAnswer } from './token-answers.js';
import { tokenFilters, tokenSchema } from './token-requests.js';

@Controller('api/auth')
export class AuthController {
  constructor(readonly auth: AuthService) {}

  @Post('token')
  @ApiCall({
    operationId: 'mintToken',
    summary: 'Mint a token',
    access: admins,
    rateLimit: 'acts',
    description:
      'A `display` token opens the live stream and nothing else: it can hang on a wall. One that moves money (`service`, `operator`) is minted once another admin has approved it: who asked is given it for the same request with the same key. A key of any other is not kept: asked twice, two tokens are minted, and one whose answer was lost is withdrawn by its id in the list.',
    body: tokenSchema,
    idempotencyKey: approvedKey,
    answers: { 201: tokenAnswer, 202: approvalAnswer },
    problems: ['TOO_MANY_TOKENS', ...approvalProblems],
  })
  async mint(@Body() body: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.auth.mint(body, request));
  }

  @Get('tokens')
  @ApiCall({
    operationId: 'listTokens',
    summary: 'List minted tokens, newest first',
    access: admins,
    rateLimit: 'reads',
    query: tokenFilters,
    answers: { 200: tokenListAnswer },
  })
  async list(@Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.auth.list(query));
  }

  @Delete('tokens/:id')
  @ApiCall({
    operationId: 'revokeToken',
    summary: 'Withdraw a token',
    access: admins,
    rateLimit: 'acts',
    description: 'Within five seconds no gateway takes it any more, and live streams that it opened end.',
    id: 'token',
    answers: { 204: 'nothing' },
    problems: ['TOKEN_NOT_FOUND'],
  })
  async revoke(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.auth.revoke(id, request);
    reply.code(204).send();
  }
}
