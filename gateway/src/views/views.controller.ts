import { Controller, Delete, Get, Param, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { viewers } from '../http/access.js';
import { sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { viewAnswer, viewListAnswer } from './view-answers.js';
import { viewFilters, viewSchema } from './view-requests.js';
import { ViewsService } from './views.service.js';

@Controller('api/views')
export class ViewsController {
  constructor(readonly views: ViewsService) {}

  @Get()
  @ApiCall({
    operationId: 'listViews',
    summary: 'List saved views: one’s own, and those that are shared',
    access: viewers,
    rateLimit: 'reads',
    query: viewFilters,
    answers: { 200: viewListAnswer },
  })
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.views.list(request));
  }

  @Put(':id')
  @ApiCall({
    operationId: 'saveView',
    summary: 'Save a view of a list, or change one’s own',
    access: viewers,
    rateLimit: 'acts',
    description:
      'The id is the caller’s, a new UUID: sent again, it is the same view. Sharing one, and changing one that is shared, stands in the ' +
      'audit log (`VIEW_SHARED`, `VIEW_UNSHARED`).',
    id: 'view',
    body: viewSchema,
    answers: { 200: viewAnswer },
    problems: ['VIEW_NOT_FOUND', 'TOO_MANY_VIEWS'],
  })
  async save(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.views.save(id, request));
  }

  @Delete(':id')
  @ApiCall({
    operationId: 'deleteView',
    summary: 'Delete a saved view',
    access: viewers,
    rateLimit: 'acts',
    description: 'One’s own. Admins delete what others share.',
    id: 'view',
    answers: { 204: 'nothing' },
    problems: ['VIEW_NOT_FOUND'],
  })
  async delete(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.views.delete(id, request);
    reply.code(204).send();
  }
}
