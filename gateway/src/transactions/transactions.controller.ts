import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { readers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { entriesAnswer, transactionAnswer, transactionListAnswer } from './transaction-answers.js';
import { transactionFilters } from './transaction-filters.js';
import { TransactionsService } from './transactions.service.js';

@Controller('api/transactions')
export class TransactionsController {
  constructor(readonly transactions: TransactionsService) {}

  @Get()
  @ApiCall({
    summary: 'List transactions, newest first',
    access: readers,
    query: transactionFilters,
    answers: { 200: transactionListAnswer },
  })
  async list(@Query() query: unknown, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.transactions.list(query));
  }

  @Get(':id')
  @ApiCall({
    summary: 'Read a transaction',
    access: readers,
    id: 'transaction',
    answers: { 200: transactionAnswer },
    problems: ['TRANSACTION_NOT_FOUND'],
  })
  async get(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.transactions.get(id));
  }

  @Get(':id/ledger')
  @ApiCall({
    summary: 'Read a transaction\u2019s two ledger entries',
    access: readers,
    description: 'None when it failed.',
    id: 'transaction',
    answers: { 200: entriesAnswer },
    problems: ['TRANSACTION_NOT_FOUND'],
  })
  async ledger(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.transactions.ledger(id));
  }
}
