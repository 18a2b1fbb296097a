import { Controller, Get, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { jsonAnswer, sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { validated } from '../http/validate.js';
import { liveAnswer, readinessAnswer, readinessQuery } from './health-answers.js';
import { ReadinessCheck } from './readiness.js';

@Controller('health')
export class HealthController {
  constructor(readonly readiness: ReadinessCheck) {}

  @Get('live')
  @ApiCall({
    operationId: 'checkLiveness',
    summary: 'Whether the process runs',
    access: 'public',
    answers: { 200: liveAnswer },
  })
  live(@Res() reply: FastifyReply) {
    sendAnswer(reply, jsonAnswer(200, { status: 'live' }));
  }

  /** 200 when payments can be made: Postgres and NATS answer and every partition has a live owner. For traffic: until it stops. */
  @Get('ready')
  @ApiCall({
    operationId: 'checkReadiness',
    summary: 'Whether payments can be made',
    access: 'public',
    query: readinessQuery,
    answers: { 200: readinessAnswer, 503: readinessAnswer },
  })
  async ready(@Query() query: unknown, @Res() reply: FastifyReply) {
    const { for: purpose } = validated(readinessQuery, query);
    const { ready: whole, takesTraffic, ...body } = await this.readiness.run();
    const ready = purpose === 'traffic' ? takesTraffic : whole;
    sendAnswer(reply, jsonAnswer(ready ? 200 : 503, body));
  }
}
