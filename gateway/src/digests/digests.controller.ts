import { Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { admins, operators } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { digestListAnswer, digestMailAnswer, digestRecipientsAnswer, digestRequested } from './digest-answers.js';
import { digestFilters, recipientsSchema, sendDigestSchema } from './digest-requests.js';
import { DigestsService } from './digests.service.js';

@Controller('api/digests')
export class DigestsController {
  constructor(readonly digests: DigestsService) {}

  @Get()
  @ApiCall({
    operationId: 'listDigests',
    summary: 'List digests that were made, newest first',
    access: operators,
    rateLimit: 'reads',
    query: digestFilters,
    answers: { 200: digestListAnswer },
  })
  async list(@Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.digests.list(query));
  }

  @Get('recipients')
  @ApiCall({
    operationId: 'listDigestRecipients',
    summary: 'Read who gets a digest, and when',
    access: operators,
    rateLimit: 'reads',
    answers: { 200: digestRecipientsAnswer },
  })
  async recipients(@Res() reply: FastifyReply) {
    sendAnswer(reply, await this.digests.recipients());
  }

  @Put('recipients')
  @ApiCall({
    operationId: 'replaceDigestRecipients',
    summary: 'Say who gets a digest, and when',
    access: admins,
    rateLimit: 'acts',
    description: 'Replaces all of them. A digest that was due before somebody was named is none of theirs.',
    body: recipientsSchema,
    answers: { 200: digestRecipientsAnswer },
  })
  async replaceRecipients(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.digests.replaceRecipients(request));
  }

  @Get(':id/mail')
  @ApiCall({
    operationId: 'getDigestMail',
    summary: 'Read a digest as it was mailed',
    access: operators,
    rateLimit: 'reads',
    id: 'digest',
    answers: { 200: digestMailAnswer },
    problems: ['DIGEST_NOT_FOUND'],
  })
  async mail(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.digests.mail(id));
  }

  @Post('send')
  @HttpCode(202)
  @ApiCall({
    operationId: 'sendDigest',
    summary: 'Have a digest sent now',
    access: operators,
    rateLimit: 'acts',
    description:
      'The workers make it within half a minute, the oldest first. Asked for again while it waits it is the same one, afterwards another. 20 wait at most; ' +
      'beyond that it is 429. An operator has it sent to its recipients, and to the own address; an admin to any.',
    body: sendDigestSchema,
    answers: { 202: digestRequested },
  })
  async send(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.digests.send(request));
  }
}
