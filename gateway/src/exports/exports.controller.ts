import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readers } from '../http/access.js';
import { ApiCall } from '../http/api-call.js';
import { exportFilters } from './export-filters.js';
import { ExportsService } from './exports.service.js';

@Controller('api/transactions')
export class ExportsController {
  constructor(readonly exports: ExportsService) {}

  @Get('export')
  @ApiCall({
    operationId: 'exportTransactions',
    summary: 'Export transactions as a file, newest first',
    access: readers,
    rateLimit: 'reads',
    description:
      'What was committed before `Export-As-Of`: exactly `Export-Total` rows, however much is written meanwhile. A file with fewer ' +
      'was broken off: ask again. In CSV, a text that a spreadsheet would run as a formula begins with an apostrophe.',
    query: exportFilters,
    answers: { 200: 'files' },
    files: ['text/csv', 'application/x-ndjson'],
    headers: {
      'Export-As-Of': {
        description: 'What was committed from this instant on is not in it.',
        required: true,
        schema: { type: 'string', format: 'date-time' },
      },
      'Export-Total': { description: 'How many rows it has.', required: true, schema: { type: 'integer' } },
    },
    problems: ['RANGE_TOO_LARGE', 'OVERLOADED', 'DEADLINE_EXCEEDED'],
  })
  async transactions(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.exports.transactions(request, reply);
  }
}
