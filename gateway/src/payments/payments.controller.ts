import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bodySchema, idempotencyHeader } from '../docs/schemas.js';
import { sendAnswer } from '../http/answer.js';
import { paymentSchema } from '../transfers/transfer-request.js';
import { PaymentsService } from './payments.service.js';

@Controller('api/payments')
export class PaymentsController {
  constructor(readonly payments: PaymentsService) {}

  @Post()
  @ApiHeader(idempotencyHeader)
  @ApiBody(bodySchema(paymentSchema))
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.payments.create(request));
  }

  @Post('batch')
  @ApiHeader({
    ...idempotencyHeader,
    required: false,
    description: 'With atomic: true only; else each payment has an idempotencyKey.',
  })
  async createBatch(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.payments.createBatch(request));
  }

  @Get()
  async byKey(@Query() query: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.payments.byKey(request.caller, query));
  }

  @Get(':id')
  async get(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.payments.get(id));
  }
}
