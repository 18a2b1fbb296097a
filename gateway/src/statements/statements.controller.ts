import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readers, viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { linePointsMax } from './balance-line.js';
import { balanceLineAnswer, entryListAnswer, statementAnswer } from './statement-answers.js';
import { entryFilters, lineFilters, statementFilters } from './statement-filters.js';
import { StatementsService } from './statements.service.js';

@Controller('api/wallets')
export class StatementsController {
  constructor(readonly statements: StatementsService) {}

  @Get(':id/entries')
  @ApiCall({
    operationId: 'listEntries',
    summary: 'List a wallet\u2019s ledger entries, newest first',
    access: readers,
    rateLimit: 'reads',
    id: 'wallet',
    query: entryFilters,
    answers: { 200: entryListAnswer },
    problems: ['WALLET_NOT_FOUND'],
  })
  async entries(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.statements.entries(id, request));
  }

  @Get(':id/balances')
  @ApiCall({
    operationId: 'getBalanceLine',
    summary: 'Read how a wallet\u2019s balance went through a period',
    access: viewers,
    rateLimit: 'reads',
    description: `At most ${linePointsMax} points between beginning and end: after each entry, or, where there are more, after evenly chosen ones of them.`,
    id: 'wallet',
    query: lineFilters,
    answers: { 200: balanceLineAnswer },
    problems: ['WALLET_NOT_FOUND'],
  })
  async balances(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.statements.balances(id, request));
  }

  @Get(':id/statement')
  @ApiCall({
    operationId: 'getStatement',
    summary: 'Read a wallet\u2019s statement of a period, its entries in order',
    access: readers,
    rateLimit: 'reads',
    description:
      'What one period closes with is what the next one opens with. With `Accept: text/csv` it is one file with all entries, ' +
      'whatever `limit`; a text that a spreadsheet would run as a formula begins with an apostrophe there.',
    id: 'wallet',
    query: statementFilters,
    answers: { 200: statementAnswer },
    files: ['text/csv'],
    problems: ['WALLET_NOT_FOUND', 'RANGE_TOO_LARGE', 'OVERLOADED'],
  })
  async statement(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.statements.statement(id, request, reply);
  }
}
