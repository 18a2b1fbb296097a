import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operators } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { EventsService } from './events.service.js';
import { replayAnswer, replaySchema } from './replay-request.js';

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
      'broker. Webhooks have had them and do not get them again: each has a replay of its own. What is not out yet goes out anyway, and is not repeated.',
    body: replaySchema,
    answers: { 202: replayAnswer },
    problems: ['TOO_MANY_REPLAYS'],
  })
  async replay(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.events.replay(request));
  }
}
