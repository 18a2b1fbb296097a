import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { tokenMintHash, tokenMintProposal } from '../approvals/account-proposals.js';
import { FourEyes } from '../approvals/four-eyes.js';
import { type Answer, jsonAnswer } from '../http/answer.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { ApiTokens, type Asked, tokensMax } from './api-tokens.js';
import { tokenJson, tokenRowJson } from './token-answers.js';
import { callerWithoutName, movingRoles, tokenFilters, tokenSchema } from './token-requests.js';
import { Tokens } from './tokens.js';

@Injectable()
export class AuthService {
  constructor(
    readonly tokens: Tokens,
    readonly apiTokens: ApiTokens,
    readonly fourEyes: FourEyes,
  ) {}

  async mint(body: unknown, request: FastifyRequest): Promise<Answer> {
    const { role, scope, ttlSeconds, ...named } = validated(tokenSchema, body);
    const caller = named.caller ?? callerWithoutName(role, scope);
    const terms = { role, scope: scope ?? null, caller, ttlSeconds };
    // Whoever has such a token can be anybody who moves money.
    const needsApproval = movingRoles.includes(role);
    const propose = () => tokenMintProposal(terms);
    const waits = await this.fourEyes.gateAccount(request, {
      requestHash: tokenMintHash(terms),
      needsApproval,
      propose,
    });
    if (waits) return waits;
    const minted = await this.tokens.mint(terms);
    if (!(await this.apiTokens.record(minted, { ...asked(request), withoutApproval: needsApproval }))) {
      const detail = `There are ${tokensMax} tokens that are good already: withdraw those that nobody needs.`;
      throw new ProblemError({ code: 'TOO_MANY_TOKENS', detail });
    }
    return jsonAnswer(201, tokenJson(minted));
  }

  async list(query: unknown): Promise<Answer> {
    const filters = validated(tokenFilters, query);
    return { status: 200, body: pageJson(await this.apiTokens.list(filters), filters, tokenRowJson) };
  }

  async revoke(id: string, request: FastifyRequest): Promise<void> {
    const tokenId = uuidParameter(id, 'id');
    if (await this.apiTokens.revoke(tokenId, asked(request))) return;
    throw new ProblemError({ code: 'TOKEN_NOT_FOUND', detail: `There is no token ${tokenId}.` });
  }
}

function asked({ bearer, traceId }: FastifyRequest): Asked {
  return { by: bearer.subject, traceId };
}
