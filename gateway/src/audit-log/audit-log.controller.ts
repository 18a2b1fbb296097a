import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { pageJson } from '../http/page.js';
import { ProblemError, validationFailed } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { ListDatabase } from '../storage/list-database.js';
import { auditListAnswer, auditRowAnswer } from './audit-answers.js';
import { auditFilters, auditIdField } from './audit-filters.js';
import { auditReader, auditRowJson } from './audit-row-json.js';
import { findAuditRow, listAuditRows } from './list-audit-rows.js';

@Controller('api/audit')
export class AuditLogController {
  constructor(readonly lists: ListDatabase) {}

  @Get()
  @ApiCall({
    summary: 'List what was done to wallets, tokens, transactions and users, newest first',
    operationId: 'listAuditRows',
    access: viewers,
    rateLimit: 'reads',
    description:
      'Each act is one row, written in the commit of its effect; nobody can change or delete one. E-mail addresses and names of users are ' +
      'shown to admins alone; those of who gets digests and alerts, to operators too.',
    query: auditFilters,
    answers: { 200: auditListAnswer },
  })
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const filters = validated(auditFilters, request.query);
    const page = await listAuditRows(this.lists, filters);
    const reader = auditReader(request.bearer.roles);
    sendAnswer(reply, { status: 200, body: pageJson(page, filters, (row) => auditRowJson(row, reader)) });
  }
  @Get(':id')
  @ApiCall({
    summary: 'Read one row of the audit log',
    operationId: 'getAuditRow',
    access: viewers,
    rateLimit: 'reads',
    parameter: { name: 'id', description: 'The row\u2019s `auditId`.', schema: auditIdField },
    answers: { 200: auditRowAnswer },
    problems: ['AUDIT_ROW_NOT_FOUND'],
  })
  async read(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    if (!auditIdField.safeParse(id).success) {
      throw new ProblemError(validationFailed([{ field: 'id', rule: 'FORMAT', message: 'must be a whole number' }]));
    }
    const row = await findAuditRow(this.lists, id);
    if (!row) throw new ProblemError({ code: 'AUDIT_ROW_NOT_FOUND', detail: `The audit log has no row ${id}.` });
    sendAnswer(reply, { status: 200, body: auditRowJson(row, auditReader(request.bearer.roles)) });
  }
}
