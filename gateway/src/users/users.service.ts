import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  userChangeHash,
  userChangeProposal,
  userCreateHash,
  userCreateProposal,
} from '../approvals/account-proposals.js';
import { FourEyes } from '../approvals/four-eyes.js';
import type { Answer } from '../http/answer.js';
import { checkedBody } from '../http/checked-body.js';
import { uuidParameter } from '../http/fields.js';
import { pageJson } from '../http/page.js';
import { ProblemError } from '../http/problem.js';
import { validated } from '../http/validate.js';
import { Passwords } from '../passwords/passwords.js';
import { type Actor, OpsUsers, type UserRow, usersMax } from './ops-users.js';
import { givesPower, isNotAlone, makesOperator } from './second-person.js';
import { userJson } from './user-answers.js';
import { newUserSchema, userChangeSchema, userFilters } from './user-requests.js';

/** As often a user is judged anew whom others change meanwhile. */
const changeAttemptsMax = 10;

@Injectable()
export class UsersService {
  constructor(
    readonly users: OpsUsers,
    readonly passwords: Passwords,
    readonly fourEyes: FourEyes,
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
    const needsApproval = makesOperator(fields.role) && (await isNotAlone(this.users));
    const waits = await this.fourEyes.gateAccount(request, {
      ...{ requestHash: userCreateHash(fields), needsApproval },
      propose: async () => {
        // Only told now what it would be told later: an e-mail that is taken by then is looked at again.
        if (await this.users.isTaken(fields.email)) throw emailTaken(fields.email);
        return userCreateProposal(fields, await this.passwords.hash(password));
      },
    });
    if (waits) return waits;
    const passwordHash = await this.passwords.hash(password);
    const outcome = await this.users.create({ ...fields, passwordHash }, actor(request, needsApproval));
    if (outcome === 'NOT_ALLOWED') throw notAnyMore();
    if (outcome === 'EMAIL_TAKEN') throw emailTaken(fields.email);
    if (outcome === 'TOO_MANY') {
      throw new ProblemError({ code: 'TOO_MANY_USERS', detail: `There are ${usersMax} users already.` });
    }
    const body = userJson(await this.#found(outcome.userId));
    return { status: 201, body, headers: { location: `/api/users/${outcome.userId}` } };
  }

  async change(id: string, request: FastifyRequest): Promise<Answer> {
    const userId = uuidParameter(id, 'id');
    const { role, disabled, password, reason } = checkedBody(userChangeSchema, request);
    if (password !== undefined && userId === request.bearer.userId) throw ownPassword();
    const change = { role, disabled, setsPassword: password !== undefined, reason };
    let hashed: string | undefined;
    const hash = async () => {
      if (password !== undefined) hashed ??= await this.passwords.hash(password);
      return hashed;
    };
    for (let attempt = 1; attempt <= changeAttemptsMax; attempt++) {
      const user = await this.#found(userId);
      const needsApproval = givesPower(user, change, request.bearer) && (await isNotAlone(this.users));
      const waits = await this.fourEyes.gateAccount(request, {
        ...{ requestHash: userChangeHash(userId, change), needsApproval },
        propose: async () => userChangeProposal(user, change, await hash()),
      });
      if (waits) return waits;
      const changes = { role, disabled, passwordHash: await hash() };
      const outcome = await this.users.change(
        userId,
        changes,
        { ...actor(request, needsApproval), reason },
        user.version,
      );
      // What was judged is the user as it was read: another one is judged anew.
      if (outcome === 'STALE') continue;
      if (outcome === 'NOT_FOUND') throw noSuchUser(userId);
      if (outcome === 'NOT_ALLOWED') throw notAnyMore();
      if (outcome === 'LAST_ADMIN') {
        const detail = 'Nobody would be left who can sign in as an admin. Make another admin first.';
        throw new ProblemError({ code: 'LAST_ADMIN', detail });
      }
      return { status: 200, body: userJson(await this.#found(userId)) };
    }
    throw new ProblemError({
      code: 'OVERLOADED',
      detail: 'Nothing was changed: others change this user all the time.',
    });
  }

  async #found(userId: string): Promise<UserRow> {
    const user = await this.users.find(userId);
    if (user) return user;
    throw noSuchUser(userId);
  }
}

/** Who gets here with what needs approval needs nobody's: the development token. */
function actor({ bearer, traceId }: FastifyRequest, withoutApproval: boolean): Actor {
  return { by: bearer.subject, traceId, withoutApproval };
}

function emailTaken(email: string): ProblemError {
  return new ProblemError({ code: 'EMAIL_TAKEN', detail: `There is a user with the e-mail ${email} already.` });
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
