import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ApiCall } from '../http/api-call.js';
import { GatewayMetrics } from './gateway-metrics.js';

@Controller('metrics')
export class MetricsController {
  constructor(readonly metrics: GatewayMetrics) {}

  @Get()
  @ApiCall({ operationId: 'getMetrics', summary: 'Figures for Prometheus', access: 'public', answers: { 200: 'text' } })
  async scrape(@Res() reply: FastifyReply) {
    reply.header('content-type', this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }
}
