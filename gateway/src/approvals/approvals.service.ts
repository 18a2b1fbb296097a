import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Answer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { approvalJson } from './approval-answers.js';
import { approvalFilters, approveSchema, rejectSchema } from './approval-requests.js';
import type { ApprovalRow } from './approval-row.js';
import { Approvals, type DecideOutcome, type Person } from './approvals.js';
import { ApprovedActs } from './approved-acts.js';
import { payloadHash } from './payload-hash.js';
import { isOfAccounts } from './proposal.js';

@Injectable()
export class ApprovalsService {
  constructor(
    readonly approvals: Approvals,
    readonly acts: ApprovedActs,
  ) {}

  async list(query: unknown, request: FastifyRequest): Promise<Answer> {
    const filters = validated(approvalFilters, query);
    return { status: 200, body: pageJson(await this.approvals.list(filters), filters, shownTo(request)) };
  }

  async get(id: string, request: FastifyRequest): Promise<Answer> {
    return { status: 200, body: shownTo(request)(await this.#find(uuidParameter(id, 'id'))) };
  }

  /** Decided in Postgres first, then done. What cannot be done now is done by whoever comes next. */
  async approve(id: string, request: FastifyRequest): Promise<Answer> {
    const approvalId = uuidParameter(id, 'id');
    const person = signedIn(request);
    const { note = null } = checkedBody(approveSchema, request);
    const asked = await this.#find(approvalId);
    mayDecide(person, asked);
    const decision = { note, hash: payloadHash(asked), by: person };
    refuse(await this.approvals.decide(approvalId, true, decision), approvalId);
    const approved = await this.#find(approvalId);
    if (approved.status === 'APPROVED' && !approved.result) await this.acts.run(approved, request.traceId);
    const done = await this.#find(approvalId);
    if (done.status === 'STALE') refuse('STALE', approvalId);
    return { status: 200, body: shownTo(request)(done) };
  }

  async reject(id: string, request: FastifyRequest): Promise<Answer> {
    const approvalId = uuidParameter(id, 'id');
    const person = signedIn(request);
    const { note } = checkedBody(rejectSchema, request);
    mayDecide(person, await this.#find(approvalId));
    refuse(await this.approvals.decide(approvalId, false, { note, hash: null, by: person }), approvalId);
    return { status: 200, body: shownTo(request)(await this.#find(approvalId)) };
  }

  async #find(approvalId: string): Promise<ApprovalRow> {
    const row = await this.approvals.find(approvalId);
    if (!row) throw notFound(approvalId);
    return row;
  }
}

const insufficient = { 'www-authenticate': 'Bearer error="insufficient_scope"' };

function signedIn(request: FastifyRequest): Person {
  if (request.bearer.userId !== undefined) return request as FastifyRequest & Person;
  const detail = 'People who signed in decide: this token has nobody behind it.';
  throw new ProblemError({ code: 'FORBIDDEN', detail }, insufficient);
}

/** The database looks at the user; this at the token, which may say less. */
function mayDecide({ bearer }: Person, { action }: ApprovalRow): void {
  if (isOfAccounts(action) && !bearer.roles.includes('admin')) refuse('NOT_ALLOWED', '');
}

function shownTo({ bearer }: FastifyRequest): (row: ApprovalRow) => string {
  return (row) => approvalJson(row, bearer.roles.includes('admin'));
}

function notFound(approvalId: string): ProblemError {
  return new ProblemError({ code: 'APPROVAL_NOT_FOUND', detail: `There is no approval ${approvalId}.` });
}

/** Throws unless it is decided as it was to be. Who decides hears 409 of what its asker hears as 422. */
function refuse(outcome: DecideOutcome, approvalId: string): void {
  switch (outcome) {
    case 'DECIDED':
      return;
    case 'NOT_FOUND':
      throw notFound(approvalId);
    case 'NOT_ALLOWED':
      throw new ProblemError(
        { code: 'FORBIDDEN', detail: 'Operators and admins decide, on users and tokens admins alone.' },
        insufficient,
      );
    case 'SELF': {
      const detail = 'You asked for it, or it is about you: another person has to decide.';
      throw new ProblemError({ code: 'SELF_APPROVAL', detail }, insufficient);
    }
    case 'NOT_PENDING':
      throw new ProblemError({ code: 'APPROVAL_DECIDED', detail: `Approval ${approvalId} has ended: read it.` });
    case 'EXPIRED': {
      const detail = `The time to decide approval ${approvalId} is over.`;
      throw new ProblemError({ code: 'APPROVAL_EXPIRED', status: 409, detail });
    }
    case 'STALE': {
      const detail = `Approval ${approvalId} is not good any more: what it was judged by has changed since. Nothing was done.`;
      throw new ProblemError({ code: 'APPROVAL_STALE', status: 409, detail });
    }
  }
}
