import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Answer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Passwords } from '../passwords/passwords.js';
import { type Actor, OpsUsers, type UserRow, usersMax } from './ops-users.js';
import { givesPower, makesOperator, refuseAlone } from './second-person.js';
import { userJson } from './user-answers.js';
import { newUserSchema, userChangeSchema, userFilters } from './user-requests.js';

@Injectable()
export class UsersService {
  constructor(
    readonly users: OpsUsers,
    readonly passwords: Passwords,
  ) {}

  async list(query: unknown): Promise<Answer> {
    const filters = validated(userFilters, query);
    return { status: 200, body: pageJson(await this.users.list(filters), filters, userJson) };
  }

  async read(id: string): Promise<Answer> {
    return { status: 200, body: userJson(await this.#found(uuidParameter(id, 'id'))) };
  }

  async create(request: FastifyRequest): Promise<Answer> {
    const { password, ...fields } = checkedBody(newUserSchema, request);
    if (makesOperator(fields.role)) await refuseAlone(this.users, request.bearer);
    const passwordHash = await this.passwords.hash(password);
    const outcome = await this.users.create({ ...fields, passwordHash }, actor(request));
    if (outcome === 'NOT_ALLOWED') throw notAnyMore();
    if (outcome === 'EMAIL_TAKEN') {
      throw new ProblemError({
        code: 'EMAIL_TAKEN',
        detail: `There is a user with the e-mail ${fields.email} already.`,
      });
    }
    if (outcome === 'TOO_MANY') {
      throw new ProblemError({ code: 'TOO_MANY_USERS', detail: `There are ${usersMax} users already.` });
    }
    const body = userJson(await this.#found(outcome.userId));
    return { status: 201, body, headers: { location: `/api/users/${outcome.userId}` } };
  }

  async change(id: string, request: FastifyRequest): Promise<Answer> {
    const userId = uuidParameter(id, 'id');
    const { role, disabled, password } = checkedBody(userChangeSchema, request);
    if (password !== undefined && userId === request.bearer.userId) throw ownPassword();
    const user = await this.#found(userId);
    const gives = givesPower(user, { role, disabled, passwordHash: password }, request.bearer);
    if (gives) await refuseAlone(this.users, request.bearer);
    const passwordHash = password === undefined ? undefined : await this.passwords.hash(password);
    // What was judged is the user as it was read: another one is judged anew.
    const outcome = await this.users.change(userId, { role, disabled, passwordHash }, actor(request), user.version);
    if (outcome === 'STALE') return this.change(id, request);
    if (outcome === 'NOT_FOUND') throw noSuchUser(userId);
    if (outcome === 'NOT_ALLOWED') throw notAnyMore();
    if (outcome === 'LAST_ADMIN') {
      const detail = 'Nobody would be left who can sign in as an admin. Make another admin first.';
      throw new ProblemError({ code: 'LAST_ADMIN', detail });
    }
    return { status: 200, body: userJson(await this.#found(userId)) };
  }

  async #found(userId: string): Promise<UserRow> {
    const user = await this.users.find(userId);
    if (user) return user;
    throw noSuchUser(userId);
  }
}

function actor({ bearer, traceId }: FastifyRequest): Actor {
  return { by: bearer.subject, traceId };
}

/** Who has only found a token would keep the account; and who comes from the identity provider, a way in that it cannot close. */
function ownPassword(): ProblemError {
  return forbidden(
    'Nobody sets their own password here: POST /api/auth/password takes the present one and the new one.',
  );
}

/** The token goes on for some seconds. */
function notAnyMore(): ProblemError {
  return forbidden('You may not do this any more: you were disabled, or have another role now.');
}

function forbidden(detail: string): ProblemError {
  return new ProblemError({ code: 'FORBIDDEN', detail }, { 'www-authenticate': 'Bearer error="insufficient_scope"' });
}

function noSuchUser(userId: string): ProblemError {
  return new ProblemError({ code: 'USER_NOT_FOUND', detail: `There is no user ${userId}.` });
}
