import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { FourEyes } from '../approvals/four-eyes.js';
import { limitsOf, limitsProposal } from '../approvals/state-proposals.js';
import { type Answer, problemAnswer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { uuidParameter } from '../http/fields.js';
import { askedBy } from '../idempotency/asked.js';
import { Database } from '../storage/database.js';
import type { Scope } from '../storage/whose.js';
import { resultProblem } from '../transfers/result-problem.js';
import { walletNotFound } from '../wallets/wallet-not-found.js';
import { findLimits, type LimitsRow } from './find-limits.js';
import { limitsCommand, limitsSchema } from './limit-requests.js';
import { limitsJson } from './limits-json.js';

@Injectable()
export class LimitsService {
  constructor(
    readonly database: Database,
    readonly fourEyes: FourEyes,
  ) {}

  async get(id: string, { bearer }: FastifyRequest): Promise<Answer> {
    return { status: 200, body: limitsJson(await this.#find(bearer.scope, uuidParameter(id, 'id'))) };
  }

  /** Sent again with its key, it changes nothing, and the limits are shown as they are now. */
  async replace(id: string, request: FastifyRequest): Promise<Answer> {
    const walletId = uuidParameter(id, 'id');
    const asked = await askedBy(this.database, request);
    const body = checkedBody(limitsSchema, request);
    const { fourEyes } = this;
    const { waits, result } = await fourEyes.judged(request, async () => {
      const row = await this.#find(request.bearer.scope, walletId);
      const command = { ...limitsCommand(asked, row, body), traceId: request.traceId };
      const before = limitsOf(row);
      if (fourEyes.judges(request.bearer)) command.expectedLimits = before;
      const needsApproval = fourEyes.threshold.reachedByLimits(before, command);
      return { command, propose: () => (needsApproval ? limitsProposal(row, before, command) : null) };
    });
    if (waits) return waits;
    const replayed = 'replayed' in result && result.replayed === true;
    const problem = resultProblem(result);
    if (problem) return { ...problemAnswer(problem, request.traceId), replayed };
    return { status: 200, body: limitsJson(await this.#find(request.bearer.scope, walletId)), replayed };
  }

  async #find(scope: Scope, walletId: string): Promise<LimitsRow> {
    const row = await findLimits(this.database, scope, walletId);
    // Funding wallets are the platform's: they have no limits.
    if (!row || row.floor === null) throw walletNotFound(walletId);
    return row;
  }
}
