import { Injectable } from '@nestjs/common';
import type { RefundCommand, ReversalCommand } from '@smart-wallet/engine/contract/commands.js';
import type { FastifyRequest } from 'fastify';
import { FourEyes } from '../approvals/four-eyes.js';
import { movesMoneyFreely } from '../approvals/standing.js';
import { paidBackJudged, payingBackProposal } from '../approvals/state-proposals.js';
import { MoneyOperations } from '../engine-client/money-operations.js';
import type { Answer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { uuidParameter } from '../http/fields.js';
import { ProblemError } from '../http/problem.js';
import { askedBy } from '../idempotency/asked.js';
import { Database } from '../storage/database.js';
import { findTransaction } from '../transactions/find-transaction.js';
import type { TransactionRow } from '../transactions/transaction-row.js';
import { transactionAnswerOf } from '../transfers/transfer-answer.js';
import { seesWallet } from '../wallets/find-wallet.js';
import { findRefunded } from './find-refunded.js';
import { payerOf, refundCommand, refundSchema, reversalCommand, reversalSchema } from './refund-requests.js';

@Injectable()
export class RefundsService {
  constructor(
    readonly operations: MoneyOperations,
    readonly database: Database,
    readonly fourEyes: FourEyes,
  ) {}

  async refund(id: string, request: FastifyRequest): Promise<Answer> {
    const asked = await askedBy(this.database, request);
    const body = checkedBody(refundSchema, request);
    const original = await this.#original(id, request, 'PAYMENT_NOT_FOUND');
    const command = refundCommand(asked, original, body);
    const result = movesMoneyFreely(request.bearer)
      ? { result: await this.operations.execute(command) }
      : await this.#judged(request, original, command);
    return result.waits ?? transactionAnswerOf(result.result, request.traceId);
  }

  async reverse(id: string, request: FastifyRequest): Promise<Answer> {
    const asked = await askedBy(this.database, request);
    const body = checkedBody(reversalSchema, request);
    const original = await this.#original(id, request, 'TRANSACTION_NOT_FOUND');
    const command = { ...reversalCommand(asked, original, body), traceId: request.traceId };
    const { waits, result } = await this.#judged(request, original, command);
    return waits ?? transactionAnswerOf(result, request.traceId);
  }

  #judged(request: FastifyRequest, original: TransactionRow, asked: RefundCommand | ReversalCommand) {
    const { fourEyes } = this;
    const wanted = asked.type === 'REVERSAL' || asked.amount === null ? null : BigInt(asked.amount);
    return fourEyes.judged(request, async () => {
      const refunded = await findRefunded(this.database, original.transaction_id);
      const { amount, together, isPossible } = paidBackJudged(original, refunded, wanted);
      const { walletId, reason, type: action } = asked;
      const command = fourEyes.judges(request.bearer) ? { ...asked, expectedRefunded: refunded.toString() } : asked;
      const needsApproval = isPossible && fourEyes.threshold.reachedBy(together);
      const payingBack = { action, original, walletId, amount, refunded, reason };
      return { command, propose: () => (needsApproval ? payingBackProposal(payingBack) : null) };
    });
  }

  /** To who is bound to a scope, only what a wallet of its own would pay back. */
  async #original(
    id: string,
    { bearer: { scope } }: FastifyRequest,
    code: 'PAYMENT_NOT_FOUND' | 'TRANSACTION_NOT_FOUND',
  ): Promise<TransactionRow> {
    const transactionId = uuidParameter(id, 'id');
    const row = await findTransaction(this.database, scope, transactionId);
    if (row && (await seesWallet(this.database, scope, payerOf(row)))) return row;
    const what = code === 'PAYMENT_NOT_FOUND' ? 'payment' : 'transaction';
    throw new ProblemError({ code, detail: `There is no ${what} ${transactionId}.` });
  }
}
