import { Controller, Get, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { approvalAnswer } from '../approvals/approval-answers.js';
import { approvalProblems } from '../approvals/approval-problems.js';
import { admins } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { approvedKey } from '../http/idempotency-key.js';
import { userAnswer, userListAnswer } from './user-answers.js';
import { newUserSchema, userChangeSchema, userFilters } from './user-requests.js';
import { UsersService } from './users.service.js';

@Controller('api/users')
export class UsersController {
  constructor(readonly users: UsersService) {}

  @Get()
  @ApiCall({
    operationId: 'listUsers',
    summary: 'List users, newest first',
    access: admins,
    rateLimit: 'reads',
    query: userFilters,
    answers: { 200: userListAnswer },
  })
  async list(@Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.users.list(query));
  }

  @Get(':id')
  @ApiCall({
    operationId: 'getUser',
    summary: 'Read a user',
    access: admins,
    rateLimit: 'reads',
    id: 'user',
    answers: { 200: userAnswer },
    problems: ['USER_NOT_FOUND'],
  })
  async read(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.users.read(id));
  }

  @Post()
  @ApiCall({
    operationId: 'createUser',
    summary: 'Create a user',
    access: admins,
    rateLimit: 'acts',
    description: 'An operator or admin needs another admin\u2019s approval, once there were two operators or admins.',
    body: newUserSchema,
    idempotencyKey: approvedKey,
    answers: { 201: userAnswer, 202: approvalAnswer },
    location: '/api/users/11111111-1111-4111-8111-111111111111',
    problems: ['EMAIL_TAKEN', 'TOO_MANY_USERS', ...approvalProblems],
  })
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.users.create(request));
  }

  @Patch(':id')
  @ApiCall({
    operationId: 'changeUser',
    summary: 'Change a user\u2019s role or password, disable or enable the user',
    access: admins,
    rateLimit: 'acts',
    description:
      'Another role, a new password and disabling end all sessions of the user, everywhere within five seconds. The last admin who can sign in stays one. One\u2019s own password is changed with `POST /api/auth/password` alone. A higher role, letting an operator or admin in again and another\u2019s password need another admin\u2019s approval, once there were two operators or admins.',
    id: 'user',
    body: userChangeSchema,
    idempotencyKey: approvedKey,
    answers: { 200: userAnswer, 202: approvalAnswer },
    problems: ['USER_NOT_FOUND', 'LAST_ADMIN', ...approvalProblems],
  })
  async change(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.users.change(id, request));
  }
}
