import { Controller, Get, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { viewers } from '../http/access.js';
import { type Answer, jsonAnswer, sendAnswer } from '../http/answer.js';
import { ApiCall } from '../http/api-call.js';
import { uuidParameter } from '../http/fields.js';
import { ProblemError } from '../http/problem.js';
import { ListDatabase } from '../storage/list-database.js';
import { proofAnswer } from './proof-answer.js';
import { prove } from './prove.js';
import { readAtomicKeys, readBatch, readSealed } from './read-sealed.js';

@Controller('api/transactions')
export class ProofsController {
  constructor(readonly lists: ListDatabase) {}

  @Get(':id/proof')
  @ApiCall({
    operationId: 'getTransactionProof',
    summary: 'Prove that a transaction is as it was committed',
    access: viewers,
    rateLimit: 'reads',
    description:
      'The seal of its batch is made again from the rows as they are now, and held against what was written down in the commit. Who has ' +
      'kept a head from before (digests print them) sees that nothing before it was changed.',
    id: 'transaction',
    answers: { 200: proofAnswer },
    problems: ['TRANSACTION_NOT_FOUND'],
  })
  async proof(@Param('id') id: string, @Res() reply: FastifyReply) {
    sendAnswer(reply, await this.#prove(uuidParameter(id, 'id')));
  }

  async #prove(transactionId: string): Promise<Answer> {
    const { rows } = await this.lists.query<{ engine_id: string; batch_seq: string }>(
      'SELECT worker_id AS engine_id, batch_seq FROM transactions WHERE transaction_id = $1',
      [transactionId],
    );
    const [of] = rows;
    const batch = of && (await readBatch(this.lists, of.engine_id, of.batch_seq));
    if (!batch) {
      throw new ProblemError({ code: 'TRANSACTION_NOT_FOUND', detail: `There is no transaction ${transactionId}.` });
    }
    const transactions = await readSealed(this.lists, batch.transactionIds);
    const atomicKeys = await readAtomicKeys(this.lists, transactions);
    const { leaf, path, previousHead, checks, verified } = prove(
      { batch, batchSeq: BigInt(of.batch_seq), transactions, atomicKeys },
      transactionId,
    );
    return jsonAnswer(200, {
      ...{ transactionId, engineId: of.engine_id, batchSeq: of.batch_seq, transactions: batch.transactionIds.length },
      ...{ leafVersion: batch.leafVersion, leaf, path: path.map(({ side, hash }) => ({ side, hash: hex(hash) })) },
      ...{ merkleRoot: hex(batch.merkleRoot), digest: hex(batch.digest), headHash: hex(batch.headHash) },
      previousHead: previousHead && hex(previousHead),
      chain: { lastSeq: batch.lastSeq, lastHead: hex(batch.lastHead) },
      ...{ checks, verified, verifiedAt: new Date(this.lists.nowMs()).toISOString() },
    });
  }
}

function hex(hash: Buffer): string {
  return hash.toString('hex');
}
