import { Injectable } from '@nestjs/common';
import { ApiTokens } from '../auth/api-tokens.js';
import { tokenJson } from '../auth/token-answers.js';
import { Tokens } from '../auth/tokens.js';
import { type Answer, jsonAnswer, problemAnswer } from '../http/answer.js';
import type { ProblemCode } from '../http/problem-catalogue.js';
import { OpsUsers } from '../users/ops-users.js';
import { userJson } from '../users/user-answers.js';
import type { ApprovalResult, ApprovalRow } from './approval-row.js';
import { payloadHash } from './payload-hash.js';

/** What was approved on users and tokens, as its asker is answered under the key. It was done in the commit of the decision. */
@Injectable()
export class ApprovedAccounts {
  constructor(
    readonly users: OpsUsers,
    readonly apiTokens: ApiTokens,
    readonly tokens: Tokens,
  ) {}

  async answer(row: ApprovalRow, traceId: string): Promise<Answer> {
    const { code, detail = '', userId, tokenId } = row.result as ApprovalResult;
    if (code !== undefined) return problemAnswer({ code: code as ProblemCode, detail }, traceId);
    if (tokenId !== undefined) return this.#token(row, tokenId);
    const user = userId === undefined ? undefined : await this.users.find(userId);
    if (!user) throw new Error(`approval ${row.approval_id} is done, and its user is not there`);
    const isMade = row.action === 'USER_CREATE';
    const headers = isMade ? { location: `/api/users/${user.user_id}` } : {};
    return { status: isMade ? 201 : 200, body: userJson(user), headers, replayed: true };
  }

  /** It is kept nowhere: it is signed again, over the same claims, which makes the same token. */
  async #token(row: ApprovalRow, tokenId: string): Promise<Answer> {
    const minted = await this.apiTokens.find(tokenId);
    const { role, scope, caller, ttlSeconds } = row.payload as { [name: string]: unknown; ttlSeconds: number };
    const isAsShown = minted?.role === role && minted?.scope === scope && minted?.caller === caller;
    if (!minted || !isAsShown || payloadHash(row) !== row.payload_hash)
      throw new Error(`token ${tokenId} is not what was approved`);
    const mintedAtMs = minted.expires_at.getTime() - ttlSeconds * 1_000;
    const token = await this.tokens.mint({ ...minted, tokenId, ttlSeconds }, mintedAtMs);
    return { ...jsonAnswer(201, tokenJson(token)), replayed: true };
  }
}
