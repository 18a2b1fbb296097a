import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BearerReader } from '../auth/bearer-token.js';
import { Tokens } from '../auth/tokens.js';
import { type Answer, jsonAnswer } from '../http/answer.js';
import type { Bearer } from '../http/bearer.js';
import { checkedBody } from '../http/checked-body.js';
import { ProblemError } from '../http/problem.js';
import { Passwords } from '../passwords/passwords.js';
import { SignInLimits } from '../rate-limits/sign-in-limits.js';
import { OpsUsers } from '../users/ops-users.js';
import { clearedCookie, cookieNeedsTls, refreshCookies, setCookie } from './refresh-cookie.js';
import { type RefreshToken, RefreshTokens } from './refresh-tokens.js';
import { openSessionFacts, sessionJson } from './session-answers.js';
import { passwordChangeSchema, signInSchema } from './session-requests.js';
import { type PasswordRow, type RefreshedRow, SessionStore } from './session-store.js';

/** Where callers reach this gateway; null: where it listens. */
export class SessionPlace {
  constructor(readonly publicUrl: string | null) {}
}

@Injectable()
export class SessionsService {
  constructor(
    readonly tokens: Tokens,
    readonly refreshTokens: RefreshTokens,
    readonly store: SessionStore,
    readonly users: OpsUsers,
    readonly passwords: Passwords,
    readonly place: SessionPlace,
    readonly bearers: BearerReader,
    readonly limits: SignInLimits,
  ) {}

  async signIn(request: FastifyRequest): Promise<Answer> {
    const { email, password } = checkedBody(signInSchema, request);
    const isKnown = await this.limits.enter(email, request);
    const refusal = isKnown ? null : this.passwords.refusalIfFull();
    if (refusal) throw refusal;
    const user = await this.#known(password, await this.store.passwordOf({ email }), isKnown);
    const refresh = this.refreshTokens.first();
    const endsAt = await this.store.start(refresh, user, request.traceId);
    if (endsAt === null) throw invalidCredentials();
    await this.limits.succeeded(email, request);
    return this.#answer(request, refresh, { ...user, ends_at: endsAt });
  }

  async refresh(request: FastifyRequest): Promise<Answer> {
    const shown = this.#shown(request);
    if (shown) {
      const next = this.refreshTokens.next(shown);
      const rotation = await this.store.rotate(shown, next, request.traceId);
      if (rotation.outcome === 'ROTATED' || rotation.outcome === 'AGAIN') return this.#answer(request, next, rotation);
    }
    throw new ProblemError(
      { code: 'SESSION_ENDED', detail: 'There is no session that this cookie goes on with. Sign in again.' },
      { 'www-authenticate': 'Bearer', 'set-cookie': this.#cleared(request) },
    );
  }

  /**
   * Of the cookie, of the access token, or of both; of neither, there is nothing to end. Answers with the cookie that clears the
   * browser's.
   */
  async signOut(request: FastifyRequest): Promise<string> {
    const shown = this.#shown(request);
    const bearer = await this.#bearer(request, shown !== null);
    const sessionIds = new Set([shown?.sessionId, bearer?.sessionId].filter((id) => id !== undefined));
    for (const sessionId of sessionIds) await this.store.end(sessionId, request.traceId);
    return this.#cleared(request);
  }

  async list({ bearer: { userId, sessionId } }: FastifyRequest): Promise<Answer> {
    const open = userId === undefined || sessionId === undefined ? [] : await this.store.open(userId);
    const items = open.map((row) => openSessionFacts(row, sessionId as string));
    return jsonAnswer(200, { items, nextCursor: null });
  }

  /** This one too. Answers with the cookie that clears the browser's. */
  async signOutEverywhere(request: FastifyRequest): Promise<string> {
    const { userId, sessionId } = request.bearer;
    if (userId === undefined || sessionId === undefined) throw notSignedIn();
    await this.store.endAll(userId, request.traceId);
    return this.#cleared(request);
  }

  /** Ends all sessions of the user: whoever has one of them that should not must not keep it. */
  async changePassword(request: FastifyRequest): Promise<string> {
    const body = checkedBody(passwordChangeSchema, request);
    const { userId, sessionId, subject } = request.bearer;
    if (userId === undefined || sessionId === undefined) throw notSignedIn();
    const user = await this.#known(body.current, await this.store.passwordOf({ userId }), true, wrongCurrent);
    const passwordHash = await this.passwords.hash(body.new);
    const outcome = await this.users.change(
      userId,
      { passwordHash },
      { by: subject, traceId: request.traceId },
      user.version,
    );
    // Somebody else changed the user meanwhile: what was shown may be no password any more.
    if (outcome !== 'CHANGED') throw wrongCurrent();
    return this.#cleared(request);
  }

  /** One answer in one time, whether there is such a user, who is disabled, or the password is wrong. */
  async #known(
    password: string,
    user: PasswordRow | undefined,
    isKnown: boolean,
    refusal: () => ProblemError = invalidCredentials,
  ): Promise<PasswordRow> {
    const isRight = await this.passwords.isPassword(password, user?.password_hash ?? null, { isKnown });
    if (!isRight || !user) throw refusal();
    return user;
  }

  async #answer(request: FastifyRequest, refresh: RefreshToken, user: Omit<RefreshedRow, 'outcome'>): Promise<Answer> {
    const { sessionId } = refresh;
    const endsAtMs = user.ends_at.getTime();
    const access = await this.tokens.signAccess({ userId: user.user_id, sessionId, role: user.role, endsAtMs });
    const cookie = setCookie(refresh.text, endsAtMs, cookieNeedsTls(request, this.place.publicUrl));
    const headers = { 'set-cookie': cookie, 'cache-control': 'no-store' };
    return { status: 201, body: sessionJson(access, user), headers };
  }

  #shown(request: FastifyRequest): RefreshToken | null {
    for (const text of refreshCookies(request)) {
      const token = this.refreshTokens.read(text);
      if (token) return token;
    }
    return null;
  }

  /** A browser may send an access token whose time is over beside its cookie. */
  async #bearer(request: FastifyRequest, hasCookie: boolean): Promise<Bearer | null> {
    if (request.headers.authorization === undefined) return null;
    try {
      return await this.bearers.read(request);
    } catch (error) {
      if (hasCookie && error instanceof ProblemError) return null;
      throw error;
    }
  }

  #cleared(request: FastifyRequest): string {
    return clearedCookie(cookieNeedsTls(request, this.place.publicUrl));
  }
}

function invalidCredentials(detail = 'There is no user with this e-mail and password who may sign in.'): ProblemError {
  return new ProblemError({ code: 'INVALID_CREDENTIALS', detail }, { 'www-authenticate': 'Bearer' });
}

function wrongCurrent(): ProblemError {
  return invalidCredentials('`current` is not your password, or you may not sign in any more. The session goes on.');
}

function notSignedIn(): ProblemError {
  return new ProblemError(
    { code: 'FORBIDDEN', detail: 'This is for people who signed in here: the token is of no session.' },
    { 'www-authenticate': 'Bearer error="insufficient_scope"' },
  );
}
