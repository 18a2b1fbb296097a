import { asDigest } from '@smart-wallet/engine/contract/digest.js';
import type { Pool } from 'pg';
import type { Bearer } from '../http/bearer.js';
import { idPosition, type ListQuery, readCursor } from '../http/cursor.js';
import { type Page, pageSizeDefault } from '../http/page.js';
import { type ApprovalResult, type ApprovalRow, approvalColumns, approvalStatusSql } from './approval-row.js';
import { approvalLivesMs, claimMs, pagePayloadBytesMax, pendingMax, pendingOfPersonMax } from './limits.js';
import { payloadHash } from './payload-hash.js';
import type { Proposal } from './proposal.js';

/** The asker's own key, and what was asked for with it. */
export interface KeyOfAsker {
  readonly keyDigest: string;
  readonly requestHash: string;
}

export interface NewApproval extends KeyOfAsker {
  readonly approvalId: string;
  readonly proposal: Proposal;
  readonly payloadBytes: number;
}

export type AskOutcome = 'ASKED' | 'KEY_KNOWN' | 'NOT_ALLOWED' | 'TOO_MANY_OF_ASKER' | 'TOO_MANY';
export type DecideOutcome = 'DECIDED' | 'NOT_FOUND' | 'NOT_ALLOWED' | 'SELF' | 'NOT_PENDING' | 'EXPIRED' | 'STALE';

/** A person who asks or decides. */
export interface Person {
  readonly bearer: Bearer & { readonly userId: string };
  readonly traceId: string;
}

/** Approvals as the ledger's database keeps them. What changes one is a function there, which decides and writes it down at once. */
export class Approvals {
  constructor(private readonly database: Pick<Pool, 'query'>) {}

  async ask({ approvalId, proposal, payloadBytes, keyDigest, requestHash }: NewApproval, asker: Person) {
    const { action, subject, payload, state, reason, askerRoles, aboutUserId, passwordHash } = proposal;
    const { bearer, traceId } = asker;
    return this.#outcome<AskOutcome>(
      `SELECT request_approval($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 * interval '1 ms', $17, $18, $19)
         AS outcome`,
      [
        ...[approvalId, action, subject, JSON.stringify(payload), JSON.stringify(state), payloadHash(proposal)],
        ...[payloadBytes, reason, keyDigest, requestHash, bearer.subject, bearer.userId, askerRoles],
        ...[aboutUserId, passwordHash, approvalLivesMs],
        ...[pendingOfPersonMax, pendingMax, traceId],
      ],
    );
  }

  /** `hash`: of what was read, computed anew. */
  decide(approvalId: string, approves: boolean, { hash, note, by: { bearer, traceId } }: Decision) {
    return this.#outcome<DecideOutcome>(
      `SELECT decide_approval($1, $2, $3, $4, $5, $6, $7 * interval '1 ms', $8) AS outcome`,
      [approvalId, approves, hash, bearer.subject, bearer.userId, note, claimMs, traceId],
    );
  }

  /** Under the asker's key. undefined: it names nothing; null: something else. */
  async underKey(keyDigest: string): Promise<ApprovalRow | null | undefined> {
    const { rows } = await this.database.query<ApprovalRow | { approval_id: null }>(
      `SELECT ${approvalColumns} FROM idempotency_keys k
         LEFT JOIN approvals a ON k.outcome_kind = 'APPROVAL' AND a.approval_id = k.outcome_id WHERE k.key_digest = $1`,
      [keyDigest],
    );
    const [row] = rows;
    return row && (row.approval_id === null ? null : (row as ApprovalRow));
  }

  /** Does a key name anything? */
  async isKnown(keyDigest: string): Promise<boolean> {
    const { rowCount } = await this.database.query('SELECT FROM idempotency_keys WHERE key_digest = $1', [keyDigest]);
    return rowCount !== 0;
  }

  async find(approvalId: string): Promise<ApprovalRow | undefined> {
    const { rows } = await this.database.query<ApprovalRow>(
      `SELECT ${approvalColumns} FROM approvals a WHERE a.approval_id = $1`,
      [approvalId],
    );
    return rows[0];
  }

  /** Newest first: their ids are of their time. A page ends early where its payloads are large. */
  async list(query: ListQuery & { status?: string | undefined }): Promise<Page<ApprovalRow>> {
    const limit = query.limit ?? pageSizeDefault;
    const { rows } = await this.database.query<ApprovalRow & { found: string }>(
      `SELECT ${approvalColumns}, found FROM approvals a JOIN (
         SELECT approval_id, count(*) OVER () AS found, sum(payload_bytes) OVER (ORDER BY approval_id DESC) - payload_bytes AS before FROM (
           SELECT a.approval_id, a.payload_bytes FROM approvals a
            WHERE ($1::uuid IS NULL OR a.approval_id < $1)
              AND ($2::text IS NULL OR (a.status IN ($2, 'PENDING') AND ${approvalStatusSql} = $2))
            ORDER BY a.approval_id DESC LIMIT $3) page
       ) sized USING (approval_id) WHERE before < $4 ORDER BY a.approval_id DESC`,
      [readCursor(idPosition, query) ?? null, query.status ?? null, limit + 1, pagePayloadBytesMax],
    );
    const fitting = rows.slice(0, limit);
    const last = fitting.at(-1);
    return { rows: fitting, next: last && fitting.length < Number(last.found) ? last.approval_id : null };
  }

  finish(approvalId: string, result: ApprovalResult): Promise<unknown> {
    return this.#outcome('SELECT finish_approval($1, $2) AS outcome', [approvalId, JSON.stringify(result)]);
  }

  /** It is not done, and from now on cannot be: its key is taken in the same commit. False: it was ended before, or is done after all. */
  stale(approvalId: string, reason: string, traceId: string | null): Promise<boolean> {
    return this.#outcome('SELECT stale_approval($1, $2, $3) AS outcome', [approvalId, reason, traceId]);
  }

  /** As `stale`, of what was rejected for another reason. */
  fail(approvalId: string, result: ApprovalResult): Promise<boolean> {
    return this.#outcome('SELECT fail_approval($1, $2) AS outcome', [approvalId, JSON.stringify(result)]);
  }

  /** What is approved, not known to be done, and nobody is at: the caller is, from now on. */
  async claim(max: number): Promise<string[]> {
    const { rows } = await this.database.query<{ id: string }>(
      `SELECT id FROM claim_approvals($1 * interval '1 ms', $2) AS id`,
      [claimMs, max],
    );
    return rows.map(({ id }) => id);
  }

  expire(max: number): Promise<number> {
    return this.#outcome<number>('SELECT expire_approvals($1) AS outcome', [max]);
  }

  async recordSkipped({ action, subject, payload }: Proposal, keyDigest: string, { bearer, traceId }: Skipper) {
    await this.database.query('SELECT record_act_without_approval($1, $2, $3, $4, $5, $6)', [
      ...[bearer.subject, action, subject, JSON.stringify(payload), keyDigest, traceId],
    ]);
  }

  async #outcome<T>(text: string, values: unknown[]): Promise<T> {
    const { rows } = await this.database.query<{ outcome: T }>(text, values);
    return (rows[0] as { outcome: T }).outcome;
  }
}

interface Decision {
  readonly hash: string | null;
  readonly note: string | null;
  readonly by: Person;
}

interface Skipper {
  readonly bearer: Bearer;
  readonly traceId: string;
}

export function isSameRequest(row: ApprovalRow, { requestHash }: KeyOfAsker): boolean {
  return asDigest(row.request_hash) === requestHash;
}
