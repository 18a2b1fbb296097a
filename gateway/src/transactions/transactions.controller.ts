import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { sendAnswer } from '../http/answer.js';
import { TransactionsService } from './transactions.service.js';

@Controller('api/transactions')
export class TransactionsController {
  constructor(readonly transactions: TransactionsService) {}

  @Get()
  async list(@Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.transactions.list(query));
  }

  @Get(':id')
  async get(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.transactions.get(id));
  }

  @Get(':id/ledger')
  async ledger(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.transactions.ledger(id));
  }
}
