import { Injectable } from '@nestjs/common';
import type { Command, TracedCommand } from '@smart-wallet/engine/contract/commands.js';
import { canonicalJson } from '@smart-wallet/engine/contract/digest.js';
import { approvalKey } from '@smart-wallet/engine/contract/request-hash.js';
import type { EngineResult } from '../engine-client/call.js';
import { EngineClient } from '../engine-client/engine-client.js';
import { MoneyOperations } from '../engine-client/money-operations.js';
import { type Answer, problemAnswer } from '../http/answer.js';
import { ProblemError } from '../http/problem.js';
import type { ProblemCode } from '../http/problem-catalogue.js';
import { findLimits } from '../limits/find-limits.js';
import { limitsJson } from '../limits/limits-json.js';
import { findSuspension } from '../reconciliation/find-suspension.js';
import { Database } from '../storage/database.js';
import { madeUnderKeySql } from '../transactions/ids-under-key.js';
import { findWallet } from '../wallets/find-wallet.js';
import { walletJson } from '../wallets/wallet-json.js';
import type { ApprovalResult, ApprovalRow } from './approval-row.js';
import { Approvals } from './approvals.js';
import { approvedAnswer } from './approved-answer.js';
import { approvedCommand } from './approved-commands.js';
import { executeExpecting, isStale, withoutExpectation } from './expecting.js';
import { doneWithinMs } from './limits.js';
import { payloadHash } from './payload-hash.js';
import { suspensionState } from './state-proposals.js';

/*
 * Does what was approved. The decision stands in Postgres before anything is sent, and everything is sent under one key that derives
 * from the approval: whoever does it, and however often, it happens once.
 *
 *   APPROVED, no result ─► sent ─► decided by the owner ─► its result is written down
 *            ▲               │
 *            │               ├─ the state is another one: STALE, and the key is taken, for what was sent may still be on its way
 *            └── no answer ◄─┘  (this gateway dies, the outcome is unknown: the next one to claim it goes on)
 */

/** DONE: its result is known. OPEN: somebody tries again. */
export type RunOutcome = 'DONE' | 'STALE' | 'OPEN';

@Injectable()
export class ApprovedActs {
  constructor(
    readonly approvals: Approvals,
    readonly engine: EngineClient,
    readonly operations: MoneyOperations,
    readonly database: Database,
  ) {}

  /** Of one that is APPROVED and has no result, as it was read just now. */
  async run(row: ApprovalRow, traceId: string | null): Promise<RunOutcome> {
    const { approval_id: approvalId } = row;
    const { keyDigest } = approvalKey(approvalId);
    const ageMs = this.database.nowMs() - (row.decided_at as Date).getTime();
    const whyNot =
      payloadHash(row) !== row.payload_hash
        ? 'it is not what was approved'
        : ageMs > doneWithinMs
          ? 'it could not be done in time'
          : null;
    if (whyNot !== null) {
      if (await this.approvals.isKnown(keyDigest)) return this.#finish(approvalId, await this.#madeUnder(keyDigest));
      return this.#stale(approvalId, whyNot, traceId);
    }
    const changed = await this.#changedSince(row);
    if (changed !== null && !(await this.approvals.isKnown(keyDigest)))
      return this.#stale(approvalId, changed, traceId);
    const command = readAgain(row, this.database.nowMs());
    if (command === null) return this.#stale(approvalId, 'it is not valid any more', traceId);
    // What is a row of the audit log is of the request that decided.
    if (traceId !== null && isTraced(command)) command.traceId = traceId;
    const result = await this.executeExpecting(command);
    if (isStale(result)) return this.#stale(approvalId, 'detail' in result ? result.detail : '', traceId);
    const what = resultOf(result);
    if (what === null) return 'OPEN';
    if (isRecorded(result)) return this.#finish(approvalId, what);
    // This attempt did nothing, which says nothing of those before it.
    return (await this.approvals.fail(approvalId, what)) ? 'DONE' : 'OPEN';
  }

  /** Of one that is done: what its asker is answered. */
  async answer(row: ApprovalRow, traceId: string): Promise<Answer> {
    const { transactionIds, code, detail = '' } = row.result as ApprovalResult;
    if (code !== undefined && transactionIds === undefined) {
      const answer = problemAnswer({ code: code as ProblemCode, detail }, traceId);
      return { ...answer, replayed: answer.status === 422 };
    }
    if (row.action === 'LIMITS_CHANGE') {
      const limits = await findLimits(this.database, null, row.subject);
      if (!limits) throw new Error(`wallet ${row.subject} is gone`);
      return { status: 200, body: limitsJson(limits), replayed: true };
    }
    if (row.action === 'STATUS_CHANGE') {
      const wallet = await findWallet(this.database, null, row.subject);
      if (!wallet) throw new Error(`wallet ${row.subject} is gone`);
      return { status: 200, body: walletJson(wallet), replayed: true };
    }
    // Its key is known: asked for again, it is told again.
    const command = withoutExpectation(approvedCommand(row, this.database.nowMs()));
    if (!(await this.approvals.isKnown(command.keyDigest)))
      throw new Error(`approval ${row.approval_id} is done, and its key names nothing`);
    return approvedAnswer(command, await this.#execute(command), traceId);
  }

  /**
   * Of what its owner cannot compare: why a wallet was suspended stands in no engine. So it is looked at here, just before it is sent;
   * and once it is done, it is as it should be.
   */
  async #changedSince({ action, subject, state }: ApprovalRow): Promise<string | null> {
    if (action !== 'STATUS_CHANGE') return null;
    const suspension = await findSuspension(this.database, subject);
    const isSame = suspension !== null && canonicalJson(suspensionState(suspension)) === canonicalJson(state);
    return isSame ? null : `The status of wallet ${subject} has changed.`;
  }

  executeExpecting(command: Command): Promise<EngineResult> {
    return executeExpecting(command, {
      execute: (each) => this.#execute(each),
      isKnown: (digest) => this.approvals.isKnown(digest),
    });
  }

  /** Payments are known to engines of every version. */
  #execute(command: Command): Promise<EngineResult> {
    const isPayment = command.type === 'TRANSFER' || command.type === 'ATOMIC_BATCH';
    return isPayment ? this.engine.execute(command) : this.operations.execute(command);
  }

  async #finish(approvalId: string, result: ApprovalResult): Promise<RunOutcome> {
    await this.approvals.finish(approvalId, result);
    return 'DONE';
  }

  async #stale(approvalId: string, reason: string, traceId: string | null): Promise<RunOutcome> {
    return (await this.approvals.stale(approvalId, reason, traceId)) ? 'STALE' : 'OPEN';
  }

  async #madeUnder(keyDigest: string): Promise<ApprovalResult> {
    const { rows } = await this.database.query<{ id: string }>(madeUnderKeySql, [keyDigest]);
    if (rows.length > 0) return { transactionIds: rows.map(({ id }) => id) };
    const changes = await this.database.query<{ code: string; reason: string }>(
      `SELECT detail->'refused'->>'code' AS code, detail->'refused'->>'reason' AS reason
         FROM idempotency_keys JOIN audit_log ON outcome_kind = 'CHANGE' AND change_id = outcome_id
        WHERE key_digest = $1 AND detail ? 'refused'`,
      [keyDigest],
    );
    return changes.rows[0] ? { code: changes.rows[0].code, detail: changes.rows[0].reason } : {};
  }
}

function isTraced(command: Command): command is Command & TracedCommand {
  return command.type === 'REVERSAL' || command.type === 'LIMITS_CHANGE' || command.type === 'STATUS_CHANGE';
}

/** null: what was valid when it was asked for is not any more. */
function readAgain(row: ApprovalRow, nowMs: number): Command | null {
  try {
    return approvedCommand(row, nowMs);
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}

/** Does it stand in the ledger under the approval's key? */
function isRecorded({ outcome }: EngineResult): boolean {
  return ['RECORDED', 'BATCH_RECORDED', 'STATUS_CHANGED', 'LIMITS_CHANGED', 'LIMITS_REFUSED'].includes(outcome);
}

/** null: nobody knows yet, or it is worth trying again. */
function resultOf(result: EngineResult): ApprovalResult | null {
  switch (result.outcome) {
    case 'RECORDED': {
      const { transactionId, failureCode, failureReason } = result.transaction;
      const made = { transactionIds: [transactionId] };
      return failureCode === null ? made : { ...made, code: failureCode, detail: failureReason ?? '' };
    }
    case 'BATCH_RECORDED': {
      const transactionIds = result.transactions.map(({ transactionId }) => transactionId);
      const isMade = result.transactions.every(({ status }) => status === 'SUCCESS');
      return isMade ? { transactionIds } : { transactionIds, code: 'BATCH_REFUSED', detail: 'No payment was made.' };
    }
    case 'STATUS_CHANGED':
    case 'LIMITS_CHANGED':
      return {};
    case 'LIMITS_REFUSED':
    case 'NOT_RECORDED':
      return { code: result.code, detail: result.detail };
    case 'TOO_LARGE':
      return { code: 'PAYLOAD_TOO_LARGE', detail: 'It is too large for one message to the engine.' };
    case 'NOT_DONE':
      return result.code === 'COMMAND_FAULT' ? { code: result.code, detail: 'The engine could not read it.' } : null;
    case 'UNKNOWN':
    case 'IN_PROGRESS':
      return null;
  }
}
