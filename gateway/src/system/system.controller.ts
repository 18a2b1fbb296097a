import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { SystemService } from './system.service.js';
import { systemAnswer, takeoverListAnswer } from './system-answer.js';
import { takeoversMax } from './takeovers.js';

@Controller('api/system')
export class SystemController {
  constructor(readonly system: SystemService) {}

  @Get()
  @ApiCall({
    operationId: 'readSystem',
    summary: 'Read what runs: engines, partitions, gateways, workers, queues',
    access: viewers,
    rateLimit: 'reads',
    description: 'As the ledger\u2019s database knows it, so also while the broker is away.',
    answers: { 200: systemAnswer },
  })
  async read(@Res() reply: FastifyReply) {
    sendAnswer(reply, await this.system.read());
  }

  @Get('takeovers')
  @ApiCall({
    operationId: 'listTakeovers',
    summary: 'List who took partitions from whom, newest first',
    access: viewers,
    rateLimit: 'reads',
    description: `The newest ${takeoversMax}; partitions that changed hands together are one.`,
    answers: { 200: takeoverListAnswer },
  })
  async takeovers(@Res() reply: FastifyReply) {
    sendAnswer(reply, await this.system.takeovers());
  }
}
