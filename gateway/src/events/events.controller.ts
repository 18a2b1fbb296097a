import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operators, viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { EventsService } from './events.service.js';
import { replayAnswer, replayOutcome, replaySchema } from './replay-request.js';

@Controller('api/events')
export class EventsController {
  constructor(readonly events: EventsService) {}

  @Post('replay')
  @HttpCode(202)
  @ApiCall({
    operationId: 'replayEvents',
    summary: 'Have events of a partition published once more',
    access: operators,
    rateLimit: 'acts',
    description:
      'The relay publishes them again from the ledger, with the same ids and numbers, to everybody who has subscribed at the ' +
      'broker. Webhooks have had them and do not get them again: each has a replay of its own. What is not out yet goes out anyway, and is not repeated. ' +
      'What became of it is read by its id.',
    body: replaySchema,
    answers: { 202: replayAnswer },
    problems: ['TOO_MANY_REPLAYS'],
  })
  async replay(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.events.replay(request));
  }

  @Get('replays/:id')
  @ApiCall({
    operationId: 'getEventReplay',
    summary: 'Read what became of a replay',
    access: viewers,
    rateLimit: 'reads',
    id: 'replay',
    answers: { 200: replayOutcome },
    problems: ['EVENT_REPLAY_NOT_FOUND'],
  })
  async read(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.events.read(id));
  }
}
