import { Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operators, viewers } from '../http/access.js';
import { jsonAnswer, sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Database } from '../storage/database.js';
import { ListDatabase } from '../storage/list-database.js';
import { deadLetterListAnswer, deadLetterReplayAnswer } from './dead-letter-answers.js';
import { deadLetterJson } from './dead-letter-json.js';
import { deadLetterFilters, listDeadLetters } from './list-dead-letters.js';

type Outcome = 'NOT_FOUND' | 'CUT' | 'REPLAYING' | 'REPLAYED' | 'DELETED';

@Controller('api/dead-letters')
export class DeadLettersController {
  constructor(
    readonly database: Database,
    readonly lists: ListDatabase,
  ) {}

  @Get()
  @ApiCall({
    operationId: 'listDeadLetters',
    summary: 'List messages and mails that were given up, newest first',
    access: viewers,
    rateLimit: 'reads',
    query: deadLetterFilters,
    answers: { 200: deadLetterListAnswer },
  })
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const filters = validated(deadLetterFilters, request.query);
    const page = await listDeadLetters(this.lists, filters);
    const knowsAddresses = request.bearer.roles.some((role) => operators.includes(role));
    sendAnswer(reply, { status: 200, body: pageJson(page, filters, (row) => deadLetterJson(row, knowsAddresses)) });
  }

  @Post(':id/replay')
  @HttpCode(202)
  @ApiCall({
    operationId: 'replayDeadLetter',
    summary: 'Have a message or a mail tried again',
    access: operators,
    rateLimit: 'acts',
    description:
      'The workers bring it back to its queue. Asked for again it is tried once: the answer says how far it is.',
    id: 'dead letter',
    takesNoBody: true,
    answers: { 202: deadLetterReplayAnswer },
    problems: ['DEAD_LETTER_NOT_FOUND', 'DEAD_LETTER_ENDED'],
  })
  async replay(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const deadLetterId = uuidParameter(id, 'id');
    const status = await this.#act('replay_dead_letter', deadLetterId, request);
    if (status === 'DELETED') throw ended(`Dead letter ${deadLetterId} was deleted.`);
    if (status === 'CUT') throw ended(`Dead letter ${deadLetterId} is too large: not all of it was kept.`);
    sendAnswer(reply, jsonAnswer(202, { deadLetterId, status }));
  }

  @Delete(':id')
  @ApiCall({
    operationId: 'deleteDeadLetter',
    summary: 'Delete a message or a mail that nobody will try again',
    access: operators,
    rateLimit: 'acts',
    id: 'dead letter',
    answers: { 204: 'nothing' },
    problems: ['DEAD_LETTER_NOT_FOUND', 'DEAD_LETTER_ENDED'],
  })
  async delete(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const deadLetterId = uuidParameter(id, 'id');
    const status = await this.#act('delete_dead_letter', deadLetterId, request);
    if (status !== 'DELETED') throw ended(`Dead letter ${deadLetterId} is tried again, or was.`);
    reply.code(204).send();
  }

  /** With its row of the audit log, in one commit. */
  async #act(act: 'replay_dead_letter' | 'delete_dead_letter', id: string, { bearer, traceId }: FastifyRequest) {
    const { rows } = await this.database.query<{ outcome: Outcome }>(`SELECT ${act}($1, $2, $3) AS outcome`, [
      ...[id, bearer.subject, traceId],
    ]);
    const outcome = rows[0]?.outcome;
    if (outcome === undefined || outcome === 'NOT_FOUND') {
      throw new ProblemError({ code: 'DEAD_LETTER_NOT_FOUND', detail: `There is no dead letter ${id}.` });
    }
    return outcome;
  }
}

function ended(detail: string): ProblemError {
  return new ProblemError({ code: 'DEAD_LETTER_ENDED', detail });
}
