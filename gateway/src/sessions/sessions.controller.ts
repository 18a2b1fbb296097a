import { Controller, Delete, Get, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import type { HeadersObject } from '../http/json-schema.js';
import { sessionAnswer, sessionListAnswer } from './session-answers.js';
import { passwordChangeSchema, signInSchema } from './session-requests.js';
import { SessionsService } from './sessions.service.js';

const cookie: HeadersObject = {
  'Set-Cookie': {
    description: 'The refresh token, for `/api/auth/sessions` alone and out of reach of scripts; or its end.',
    required: true,
    schema: { type: 'string' },
  },
};

@Controller('api/auth')
export class SessionsController {
  constructor(readonly sessions: SessionsService) {}

  @Post('sessions')
  @ApiCall({
    operationId: 'signIn',
    summary: 'Sign in',
    access: 'public',
    rateLimit: 'sign-in',
    description: 'Whether there is no such user, one who is disabled, or another password: the answer is the same.',
    body: signInSchema,
    answers: { 201: sessionAnswer },
    headers: cookie,
    problems: ['INVALID_CREDENTIALS', 'FORBIDDEN', 'STORAGE_UNAVAILABLE'],
  })
  async signIn(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.sessions.signIn(request));
  }

  @Post('sessions/refresh')
  @ApiCall({
    operationId: 'refreshSession',
    summary: 'Go on with a session',
    access: 'public',
    rateLimit: 'acts',
    description:
      'Takes the cookie alone, and no body. Each refresh token is good once; the last one used again within ten seconds gets the same successor, so that two tabs can ask at once. Later it is somebody else\u2019s, and the session ends.',
    takesNoBody: true,
    answers: { 201: sessionAnswer },
    headers: cookie,
    problems: ['SESSION_ENDED', 'FORBIDDEN', 'STORAGE_UNAVAILABLE', 'OVERLOADED'],
  })
  async refresh(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.sessions.refresh(request));
  }

  @Delete('sessions')
  @ApiCall({
    operationId: 'signOut',
    summary: 'Sign out',
    access: 'public',
    rateLimit: 'acts',
    description:
      'Ends the session of the cookie, or of the access token. Within five seconds no gateway takes its access tokens, and live streams end.',
    answers: { 204: 'nothing' },
    headers: cookie,
    problems: ['UNAUTHENTICATED', 'FORBIDDEN', 'STORAGE_UNAVAILABLE', 'IDENTITY_UNAVAILABLE'],
  })
  async signOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    reply.header('set-cookie', await this.sessions.signOut(request));
    reply.code(204).send();
  }

  @Post('password')
  @ApiCall({
    operationId: 'changePassword',
    summary: 'Change one\u2019s own password',
    access: viewers,
    rateLimit: 'sign-in',
    description: 'Ends all sessions of the user, this one too: sign in again with the new password.',
    body: passwordChangeSchema,
    answers: { 204: 'nothing' },
    headers: cookie,
    problems: ['INVALID_CREDENTIALS'],
  })
  async changePassword(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    reply.header('set-cookie', await this.sessions.changePassword(request));
    reply.code(204).send();
  }

  @Get('sessions')
  @ApiCall({
    operationId: 'listSessions',
    summary: 'List one\u2019s own sessions that go on',
    access: viewers,
    rateLimit: 'reads',
    description: 'Of whoever signed in; a token that is of no session has none.',
    answers: { 200: sessionListAnswer },
  })
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.sessions.list(request));
  }

  @Post('sessions/end-all')
  @ApiCall({
    operationId: 'signOutEverywhere',
    summary: 'End all of one\u2019s own sessions, this one too',
    access: viewers,
    rateLimit: 'acts',
    description: 'Within five seconds no gateway takes their access tokens, and live streams end.',
    takesNoBody: true,
    answers: { 204: 'nothing' },
    headers: cookie,
  })
  async signOutEverywhere(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    reply.header('set-cookie', await this.sessions.signOutEverywhere(request));
    reply.code(204).send();
  }
}
