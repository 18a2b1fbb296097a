import { Body, Controller, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { admins } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { mintToken, tokenSchema } from './mint-token.js';
import { tokenAnswer } from './token-answer.js';
import { Tokens } from './tokens.js';

@Controller('api/auth')
export class AuthController {
  constructor(readonly tokens: Tokens) {}

  @Post('token')
  @ApiCall({
    summary: 'Mint a token',
    access: admins,
    description: 'A `display` token opens the live stream and nothing else: it can hang on a wall.',
    body: tokenSchema,
    answers: { 201: tokenAnswer },
  })
  async mint(@Body() body: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await mintToken(this.tokens, body));
  }
}
