import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import {
  entriesAnswer,
  timelineAnswer,
  totalsAnswer,
  transactionAnswer,
  transactionListAnswer,
} from './transaction-answers.js';
import { totalFilters, transactionFilters } from './transaction-filters.js';
import { TransactionsService } from './transactions.service.js';

@Controller('api/transactions')
export class TransactionsController {
  constructor(readonly transactions: TransactionsService) {}

  @Get()
  @ApiCall({
    operationId: 'listTransactions',
    summary: 'List transactions, newest first',
    access: readers,
    rateLimit: 'reads',
    query: transactionFilters,
    answers: { 200: transactionListAnswer },
  })
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.transactions.list(request));
  }

  @Get('totals')
  @ApiCall({
    operationId: 'getTransactionTotals',
    summary: 'Count transactions and add up what they moved',
    access: readers,
    rateLimit: 'reads',
    description:
      'Counts whatever the filters choose; the sums are of SUCCESS that moved money. It takes two seconds at most: where more match ' +
      'than can be added up by then, `complete` is false, and the figures are those of the newest.',
    query: totalFilters,
    answers: { 200: totalsAnswer },
    problems: ['OVERLOADED'],
  })
  async totals(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.transactions.totals(request));
  }

  @Get(':id')
  @ApiCall({
    operationId: 'getTransaction',
    summary: 'Read a transaction',
    access: readers,
    rateLimit: 'reads',
    id: 'transaction',
    answers: { 200: transactionAnswer },
    problems: ['TRANSACTION_NOT_FOUND'],
  })
  async get(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.transactions.get(id, request));
  }

  @Get(':id/ledger')
  @ApiCall({
    operationId: 'getTransactionLedger',
    summary: 'Read a transaction\u2019s two ledger entries',
    access: readers,
    rateLimit: 'reads',
    description: 'None when it failed.',
    id: 'transaction',
    answers: { 200: entriesAnswer },
    problems: ['TRANSACTION_NOT_FOUND'],
  })
  async ledger(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.transactions.ledger(id, request));
  }

  @Get(':id/timeline')
  @ApiCall({
    operationId: 'getTransactionTimeline',
    summary: 'Read what happened to a transaction, in order',
    access: readers,
    rateLimit: 'reads',
    description: 'Its acceptance, processing and outcome, then what was made of it: captures, refunds, a reversal.',
    id: 'transaction',
    answers: { 200: timelineAnswer },
    problems: ['TRANSACTION_NOT_FOUND'],
  })
  async timeline(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.transactions.timeline(id, request));
  }
}
