import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { AtomicBatchCommand, Command, TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import { canonicalJson, keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { keyReusedDetail } from '@smart-wallet/engine/contract/rejection.js';
import type { PaymentTerms } from '@smart-wallet/engine/contract/transfer-terms.js';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import type { EngineResult } from '../engine-client/call.js';
import { type Answer, problemAnswer } from '../http/answer.js';
import type { Bearer } from '../http/bearer.js';
import { optionalIdempotencyKey } from '../http/idempotency-key.js';
import { type Problem, ProblemError, validationFailed } from '../http/problem.js';
import { approvalJson } from './approval-answers.js';
import type { ApprovalRow } from './approval-row.js';
import { Approvals, isSameRequest, type KeyOfAsker, type Person } from './approvals.js';
import { ApprovedAccounts } from './approved-accounts.js';
import { ApprovedActs } from './approved-acts.js';
import { isStale } from './expecting.js';
import { approvalLivesMs, payloadBytesMax, pendingMax, pendingOfPersonMax } from './limits.js';
import { batchProposal, sumsOf, transferProposal } from './money-proposals.js';
import { isOfAccounts, type Proposal } from './proposal.js';
import { standingOf } from './standing.js';
import { ApprovalThreshold } from './threshold.js';

type Propose = () => Proposal | null;

export interface Judged<C extends Command> {
  readonly command: C;
  readonly propose: Propose;
}

export interface OfAccount {
  /** Of all that is asked for but the password: no digest of one is kept. */
  readonly requestHash: string;
  readonly needsApproval: boolean;
  propose(): Proposal | Promise<Proposal>;
}

export type JudgedAnswer =
  | { readonly waits: Answer; result?: undefined }
  | { waits?: undefined; readonly result: EngineResult };

/** Whoever is judged so often meets a crowd. */
const judgedTimesMax = 5;

/** Stands before every act that may need a second person. */
@Injectable()
export class FourEyes {
  constructor(
    readonly approvals: Approvals,
    readonly acts: ApprovedActs,
    readonly accounts: ApprovedAccounts,
    readonly threshold: ApprovalThreshold,
  ) {}

  gateTransfer(request: FastifyRequest, command: TransferCommand): Promise<Answer | null> {
    const needsApproval = this.threshold.reachedBy(BigInt(command.amount));
    return this.gate(request, command, () => (needsApproval ? transferProposal(command) : null));
  }

  gateBatch(request: FastifyRequest, command: AtomicBatchCommand): Promise<Answer | null> {
    const needsApproval = sumsOf(command.payments).some((sum) => this.threshold.reachedBy(sum));
    return this.gate(request, command, () => (needsApproval ? batchProposal(command) : null));
  }

  /** What somebody would have to approve stands and falls together: a plain batch cannot. Throws where it would have to be approved. */
  refusePlainBatch(bearer: Bearer, payments: readonly TransferCommand[]): void {
    if (!sumsOf(payments as readonly PaymentTerms[]).some((sum) => this.threshold.reachedBy(sum))) return;
    if (standingOf(bearer) === 'PROGRAM') return;
    if (standingOf(bearer) === 'NOBODY') throw signIn(this.threshold);
    const message = `must be true: these payments add up to ${this.threshold} or more, so another person has to approve them, all together`;
    throw new ProblemError(validationFailed([{ field: 'atomic', rule: 'NEEDS_APPROVAL', message }]));
  }

  /** Are the bearer's acts judged by the state they change? Then the command says what it expects of it. */
  judges(bearer: Bearer): boolean {
    const standing = standingOf(bearer);
    return standing === 'PERSON' || standing === 'NOBODY';
  }

  /**
   * Has an act done that was judged by a state, or asks for its approval. Between the look at the state and the commit others may change
   * it: several captures that each look small, sent at once. So the owner compares, and then it is judged anew.
   */
  async judged<C extends Command>(request: FastifyRequest, judge: () => Promise<Judged<C>>): Promise<JudgedAnswer> {
    for (let tries = 0; tries < judgedTimesMax; tries++) {
      const { command, propose } = await judge();
      const waits = await this.gate(request, command, propose);
      if (waits) return { waits };
      const result = await this.acts.executeExpecting(command);
      if (!isStale(result)) return { result };
    }
    return { result: { outcome: 'NOT_DONE', code: 'OVERLOADED' } };
  }

  /**
   * What the request is answered with instead of being done; null: it is to be done at once. `propose` says what somebody would have to
   * approve, or null where nobody has to. A key is known by what it names: whether it would need approval today does not matter then.
   */
  async gate(request: FastifyRequest, key: KeyOfAsker, propose: Propose): Promise<Answer | null> {
    const { bearer } = request;
    switch (standingOf(bearer)) {
      case 'PROGRAM':
        return null;
      case 'DEVELOPMENT': {
        const proposal = propose();
        if (proposal) await this.approvals.recordSkipped(proposal, key.keyDigest, request);
        return null;
      }
      case 'NOBODY':
        return this.#ofNobody(key, propose());
      case 'PERSON':
        return this.#ofPerson(request as FastifyRequest & Person, key, propose);
    }
  }

  /**
   * As `gate`, of what a person never does alone to users and tokens. Who asked without a key is told one, to ask again with. Of the
   * development token, the row of what it does says so.
   */
  async gateAccount(
    request: FastifyRequest,
    { requestHash, needsApproval, propose }: OfAccount,
  ): Promise<Answer | null> {
    const { bearer } = request;
    const standing = standingOf(bearer);
    // One that is none is refused, also where it would not count.
    const named = optionalIdempotencyKey(request.headers['idempotency-key']);
    if (standing === 'DEVELOPMENT') return null;
    if (standing !== 'PERSON') {
      if (!needsApproval) return null;
      const detail =
        "This needs another admin's approval, so a person has to sign in and ask for it: this token has none behind it.";
      throw new ProblemError({ code: 'FORBIDDEN', detail }, insufficient);
    }
    if (named === null && !needsApproval) return null;
    const idempotencyKey = named ?? randomUUID();
    const key = { keyDigest: keyDigest(bearer.subject, idempotencyKey), requestHash };
    const asked = request as FastifyRequest & Person;
    const answer = await this.#ofPerson(asked, key, () => (needsApproval ? propose() : null));
    if (answer === null && needsApproval)
      return problemAnswer({ code: 'IDEMPOTENCY_KEY_REUSED', detail: keyReusedDetail }, request.traceId);
    if (answer?.status !== 202) return answer;
    return { ...answer, headers: { ...answer.headers, 'idempotency-key': idempotencyKey } };
  }

  async #ofNobody(key: KeyOfAsker, proposal: Proposal | null): Promise<null> {
    if (proposal === null || (await this.approvals.isKnown(key.keyDigest))) return null;
    if (proposal.action !== 'STATUS_CHANGE') throw signIn(this.threshold);
    throw new ProblemError({ code: 'FORBIDDEN', detail: suspendedDetail }, insufficient);
  }

  async #ofPerson(
    request: FastifyRequest & Person,
    key: KeyOfAsker,
    propose: () => Proposal | null | Promise<Proposal>,
  ): Promise<Answer | null> {
    const known = await this.approvals.underKey(key.keyDigest);
    if (known !== undefined) return known && this.#again(known, key, request);
    const proposal = await propose();
    if (!proposal) return null;
    const payloadBytes = Buffer.byteLength(canonicalJson(proposal.payload));
    if (payloadBytes > payloadBytesMax) throw new ProblemError({ code: 'PAYLOAD_TOO_LARGE', detail: tooLarge });
    const approvalId = uuidv7();
    const outcome = await this.approvals.ask({ approvalId, proposal, payloadBytes, ...key }, request);
    switch (outcome) {
      case 'ASKED': {
        const row = await this.approvals.find(approvalId);
        return waiting(row as ApprovalRow, request.bearer, false);
      }
      case 'KEY_KNOWN': {
        // Meanwhile: by another call with the same key.
        const meanwhile = await this.approvals.underKey(key.keyDigest);
        return meanwhile ? this.#again(meanwhile, key, request) : null;
      }
      case 'NOT_ALLOWED':
        throw new ProblemError({ code: 'FORBIDDEN', detail: 'You may not ask for this any more.' }, insufficient);
      case 'TOO_MANY_OF_ASKER':
      case 'TOO_MANY':
        throw new ProblemError({ code: 'TOO_MANY_APPROVALS', detail: tooMany[outcome] });
    }
  }

  /** The key that an approval occupies, asked with again. */
  async #again(row: ApprovalRow, key: KeyOfAsker, { bearer, traceId }: FastifyRequest): Promise<Answer> {
    if (!isSameRequest(row, key))
      return problemAnswer({ code: 'IDEMPOTENCY_KEY_REUSED', detail: keyReusedDetail }, traceId);
    const ended = endedProblem(row);
    if (ended) return { ...problemAnswer(ended, traceId), replayed: true };
    if (!row.result) return waiting(row, bearer, true);
    return isOfAccounts(row.action) ? this.accounts.answer(row, traceId) : this.acts.answer(row, traceId);
  }
}

function waiting(row: ApprovalRow, { roles }: Bearer, replayed: boolean): Answer {
  const headers = { location: `/api/approvals/${row.approval_id}` };
  return { status: 202, body: approvalJson(row, roles.includes('admin')), headers, replayed };
}

function endedProblem({ status, approval_id: approvalId, note }: ApprovalRow): Problem | null {
  const of = `Approval ${approvalId}`;
  switch (status) {
    case 'REJECTED':
      return { code: 'APPROVAL_REJECTED', detail: `${of} was rejected: ${note ?? ''}` };
    case 'EXPIRED':
      return { code: 'APPROVAL_EXPIRED', detail: `${of} was not decided within ${approvalLivesMs / 3_600_000} hours.` };
    case 'STALE':
      return { code: 'APPROVAL_STALE', detail: `${of} was not done: what it was judged by has changed since.` };
    default:
      return null;
  }
}

const insufficient = { 'www-authenticate': 'Bearer error="insufficient_scope"' };

function signIn(threshold: ApprovalThreshold): ProblemError {
  const detail = `From ${threshold} on this needs another person's approval, so a person has to sign in and ask for it: this token has none behind it.`;
  return new ProblemError({ code: 'FORBIDDEN', detail }, insufficient);
}

const suspendedDetail =
  'Reconciliation suspended this wallet, so another person has to approve that it is activated, and a person has to sign in and ask for it: this token has none behind it.';

const tooLarge = `What somebody is to approve must be at most ${payloadBytesMax} bytes of JSON: make the batch smaller.`;
const tooMany = {
  TOO_MANY_OF_ASKER: `${pendingOfPersonMax} approvals that you asked for wait already.`,
  TOO_MANY: `${pendingMax} approvals wait already.`,
};
