import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { revokedWithinMs } from '../auth/revocations.js';
import { IdentityProvider } from '../testing/identity-provider.js';
import { LiveClient, until } from '../testing/live-client.js';
import { password, refresh, type SignedIn, session, signIn, type TestUser, userMaker } from '../testing/people.js';
import { gatewayToken, type Program, startGateway } from '../testing/scratch.js';
import { payment } from '../testing/test-caller.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

let api: TestPlatform;
let provider: IdentityProvider;
let other: Program & { url: string };
let log = '';
let user: Awaited<ReturnType<typeof userMaker>>;

beforeAll(async () => {
  [api, provider] = await Promise.all([startTestPlatform(), IdentityProvider.start()]);
  const { jwksUrl, issuer, audience, rolesClaim, personClaim } = provider.config;
  other = await startGateway(api.scratch, async (url) => (await fetch(`${url}/health/ready`)).status === 200, {
    ...{ AUTH_JWKS_URL: jwksUrl.href, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience },
    ...{ AUTH_ROLES_CLAIM: rolesClaim, AUTH_PERSON_CLAIM: personClaim as string },
    LOG_LEVEL: 'trace',
  });
  other.process.stdout?.on('data', (chunk: Buffer) => {
    log += chunk;
  });
  user = await userMaker(api);
  // Of the platform itself: who is made and ended below is never the last one.
  await user('admin');
});
afterAll(async () => {
  await other?.stop();
  await api?.close();
  await provider?.close();
});

function at(url: string, token: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
}

const sending = (method: string, body: unknown): RequestInit => ({
  ...{ method, body: JSON.stringify(body) },
  headers: { 'content-type': 'application/json' },
});

const statusOf = async (token: string) => (await at(other.url, token, '/api/wallets')).status;

async function refusedInTime(token: string, what: string): Promise<void> {
  const from = Date.now();
  while ((await statusOf(token)) !== 401) {
    expect(Date.now() - from, what).toBeLessThan(revokedWithinMs);
    await sleep(50);
  }
}

async function acts(subject: string) {
  const { rows } = await api.scratch.database.admin.query(
    'SELECT action, caller FROM audit_log WHERE subject = $1 ORDER BY audit_id',
    [subject],
  );
  return rows.map(({ action }) => action);
}

const sessionIdOf = ({ cookie }: SignedIn) => (cookie.split('=')[1] as string).split('.')[0] as string;

describe('a person who signs in', () => {
  it('gets an access token that every gateway takes, as one subject in all sessions, and a cookie out of reach of scripts', async () => {
    const { userId, email } = await user('operator');
    const before = Date.now();
    const [one, two] = [await signIn(api.url, email.toUpperCase()), await signIn(other.url, email)];
    expect(one.status).toBe(201);
    expect(one.body.user).toEqual({ userId, email, name: 'Somebody', role: 'operator' });
    expect(Date.parse(one.body.expiresAt)).toBeGreaterThan(before + 9 * 60_000);
    expect(Date.parse(one.body.expiresAt)).toBeLessThanOrEqual(Date.now() + 10 * 60_000);
    expect(one.setCookie).toMatch(
      /^smart-wallet-refresh=[\w.-]+; Path=\/api\/auth\/sessions; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
    );
    const [sender, receiver] = [await api.funded('10'), await api.wallet()];
    const ids = [];
    for (const { body } of [one, two]) {
      const init = sending('POST', payment(sender, receiver, '1'));
      const paid = await at(other.url, body.accessToken, '/api/payments', {
        ...init,
        headers: { ...init.headers, 'idempotency-key': 'same' },
      });
      expect(paid.status).toBe(201);
      ids.push(((await paid.json()) as { transactionId: string }).transactionId);
    }
    expect(ids[1]).toBe(ids[0]);
    await until(() => log.includes(`"caller":"user:${userId}"`), 'the log of it');
    // A session at another address is sent over TLS alone.
    const asked = await fetch(`${api.url}/api/auth/sessions/refresh`, {
      method: 'POST',
      headers: { cookie: one.cookie },
    });
    expect(asked.headers.getSetCookie()[0]).not.toContain('Secure');
  });

  it('is told nothing of what is wrong: user, password, or that the user is disabled', async () => {
    const [there, gone] = [await user('viewer'), await user('viewer')];
    await api.call('PATCH', `/api/users/${gone.userId}`, { disabled: true });
    const answers = [
      await signIn(api.url, there.email, `${password}!`),
      await signIn(api.url, gone.email),
      await signIn(api.url, 'nobody@example.test'),
      await signIn(api.url, 'no e-mail at all'),
    ];
    for (const { status, body, setCookie } of answers) {
      expect([status, body.code, setCookie]).toEqual([401, 'INVALID_CREDENTIALS', '']);
      expect({ ...body, traceId: '' }).toEqual({ ...answers[0]?.body, traceId: '' });
    }
  });
});

describe('a refresh token', () => {
  it('is good once; two tabs at once get the same successor', async () => {
    const first = await session(api, api.url, (await user('viewer')).userId);
    const [one, two] = await Promise.all([refresh(api.url, first.cookie), refresh(other.url, first.cookie)]);
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(one.cookie).toBe(two.cookie);
    expect(one.cookie).not.toBe(first.cookie);
    expect(await statusOf(one.body.accessToken)).toBe(200);
    expect(await statusOf(two.body.accessToken)).toBe(200);
    const next = await refresh(other.url, two.cookie);
    expect(next.status).toBe(201);
  });

  it('that is used again later ends the whole session, whoever has its newest', async () => {
    const { admin } = api.scratch.database;
    const later = (of: SignedIn) =>
      admin.query(`UPDATE sessions SET rotated_at = rotated_at - interval '11 seconds' WHERE session_id = $1`, [
        sessionIdOf(of),
      ]);
    // The last one, after its ten seconds; and one before it, at once.
    for (const rotations of [1, 2]) {
      const first = await session(api, other.url, (await user('viewer')).userId);
      let newest = first;
      for (let made = 0; made < rotations; made++) newest = await refresh(api.url, newest.cookie);
      if (rotations === 1) await later(first);
      const reused = await refresh(api.url, first.cookie);
      expect([reused.status, reused.body.code]).toEqual([401, 'SESSION_ENDED']);
      expect(reused.setCookie).toContain('Max-Age=0');
      expect((await refresh(api.url, newest.cookie)).status).toBe(401);
      await refusedInTime(newest.body.accessToken, 'reuse');
      const lines = await acts(sessionIdOf(first));
      expect(lines).toEqual(['SESSION_STARTED', 'SESSION_REUSE_DETECTED', 'SESSION_ENDED']);
    }
  });

  it('that was changed, or is none, or comes from a page of another origin, does nothing', async () => {
    const good = await session(api, other.url, (await user('viewer')).userId);
    const text = good.cookie.split('=')[1] as string;
    const [id, , random, signature] = text.split('.');
    const name = 'smart-wallet-refresh';
    for (const cookie of [
      ...['', `${name}=`, `${name}=x`, `other=${text}`, `${name}=${text.slice(0, -1)}`, `${name}=${text}${text}`],
      ...[`${name}=${id}.2.${random}.${signature}`, `${name}=${id}.1.${'A'.repeat(22)}.${signature}`],
      `${name}=${good.body.accessToken}`,
    ]) {
      const { status, body } = await refresh(api.url, cookie);
      expect([cookie, status, body.code]).toEqual([cookie, 401, 'SESSION_ENDED']);
    }
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }] as const) {
      const { status, body } = await refresh(api.url, good.cookie, headers);
      expect([status, body.code]).toEqual([403, 'FORBIDDEN']);
    }
    // A neighbour's cookie of the same name beside it, and it is as good as before.
    expect((await refresh(api.url, `${name}=x; ${good.cookie}`)).status).toBe(201);
    // Nor is it a token.
    expect(await statusOf(text)).toBe(401);
  });
});

it('what ends a session ends its access tokens and its live streams within five seconds, everywhere', async () => {
  const admin = `Bearer ${gatewayToken}`;
  const patch = ({ userId }: TestUser, body: object) =>
    fetch(`${api.url}/api/users/${userId}`, { ...sending('PATCH', body), headers: { ...json, authorization: admin } });
  const json = { 'content-type': 'application/json' };
  const signOut = (headers: Record<string, string>) =>
    fetch(`${api.url}/api/auth/sessions`, { method: 'DELETE', headers });
  const ways: Record<string, (who: TestUser, signedIn: SignedIn) => Promise<Response>> = {
    'signing out, with the cookie': (_, { cookie }) => signOut({ cookie }),
    'signing out, with the access token': (_, { body }) => signOut({ authorization: `Bearer ${body.accessToken}` }),
    'signing out, with a token that is over beside the cookie': (_, { cookie }) =>
      signOut({ cookie, authorization: 'Bearer over' }),
    'disabling the user': (who) => patch(who, { disabled: true }),
    'a lower role': (who) => patch(who, { role: 'viewer' }),
    'a higher role': (who) => patch(who, { role: 'admin' }),
    'a password from an admin': (who) => patch(who, { password: 'another password' }),
    'a password of one’s own': (_, { body }) =>
      at(
        api.url,
        body.accessToken,
        '/api/auth/password',
        sending('POST', { current: password, new: 'my own password' }),
      ),
  };
  const stays = await user('operator');
  const staying = await session(api, api.url, stays.userId);
  const sessions = [];
  for (const [way, end] of Object.entries(ways)) {
    const who = await user('operator');
    const open = await session(api, api.url, who.userId);
    expect([way, open.status, await statusOf(open.body.accessToken)]).toEqual([way, 201, 200]);
    const live = new LiveClient(other.url, { token: open.body.accessToken });
    await until(() => live.snapshots.length > 0, `a snapshot: ${way}`);
    sessions.push({ way, end, who, open, live });
  }
  await Promise.all(
    sessions.map(async ({ way, end, who, open, live }) => {
      const answer = await end(who, open);
      expect([way, answer.status]).toEqual([way, answer.status === 200 ? 200 : 204]);
      const endedAt = Date.now();
      await refusedInTime(open.body.accessToken, way);
      await until(() => live.ended.length > 0, way, endedAt + revokedWithinMs - Date.now());
      expect([way, (await refresh(other.url, open.cookie)).status]).toEqual([way, 401]);
      live.close();
    }),
  );
  expect(await statusOf(staying.body.accessToken)).toBe(200);
  expect((await refresh(other.url, staying.cookie)).status).toBe(201);
}, 30_000);

it('a user who is disabled and enabled again signs in anew; what was ended stays so', async () => {
  const who = await user('viewer');
  const open = await session(api, other.url, who.userId);
  for (const disabled of [true, false]) await api.call('PATCH', `/api/users/${who.userId}`, { disabled });
  expect((await refresh(api.url, open.cookie)).status).toBe(401);
  await refusedInTime(open.body.accessToken, 'disabled and enabled');
  expect((await signIn(api.url, who.email)).status).toBe(201);
});

it('one’s own sessions are listed, and all of them end at once, nobody else’s', async () => {
  const [mine, others] = [await user('viewer'), await user('viewer')];
  const [one, two, other] = [
    await signIn(api.url, mine.email),
    await signIn(api.url, mine.email),
    await signIn(api.url, others.email),
  ];
  const listed = (await (await at(api.url, two.body.accessToken, '/api/auth/sessions')).json()) as {
    items: { sessionId: string; isThis: boolean }[];
  };
  expect(listed.items.map(({ sessionId, isThis }) => [sessionId, isThis])).toEqual([
    [sessionIdOf(two), true],
    [sessionIdOf(one), false],
  ]);
  const ended = await at(api.url, two.body.accessToken, '/api/auth/sessions/end-all', { method: 'POST' });
  expect(ended.status).toBe(204);
  expect(ended.headers.get('set-cookie')).toMatch(/Max-Age=0/);
  for (const { body } of [one, two]) await refusedInTime(body.accessToken, 'all of them');
  expect((await refresh(api.url, one.cookie)).status).toBe(401);
  expect(await statusOf(other.body.accessToken)).toBe(200);
  expect(await acts(sessionIdOf(one))).toEqual(['SESSION_STARTED', 'SESSION_ENDED']);
  expect((await at(api.url, gatewayToken, '/api/auth/sessions/end-all', { method: 'POST' })).status).toBe(403);
});

it('one’s own password is changed by who knows the present one, in a session alone', async () => {
  const { email, userId } = await user('viewer');
  const { body } = await session(api, other.url, userId);
  const change = async (token: string, current: string, next = 'a new password') => {
    const answer = await at(other.url, token, '/api/auth/password', sending('POST', { current, new: next }));
    const problem = (await answer.json()) as { code: string; detail: string };
    return [answer.status, problem.code, ...(problem.detail.includes('`current`') ? ['current'] : [])];
  };
  expect(await change(body.accessToken, 'wrong password')).toEqual([401, 'INVALID_CREDENTIALS', 'current']);
  expect(await change(body.accessToken, password, 'too short')).toEqual([400, 'VALIDATION_FAILED']);
  expect(await change(gatewayToken, password)).toEqual([403, 'FORBIDDEN']);
  expect((await signIn(api.url, email)).status).toBe(201);
});

it('one’s own password is not set as an admin sets others’, so that a token that was found does not keep the account', async () => {
  const { userId } = await user('admin');
  const { body } = await session(api, other.url, userId);
  for (const id of [userId, userId.toUpperCase()]) {
    const init = sending('PATCH', { password: 'a new password' });
    const answer = await at(other.url, body.accessToken, `/api/users/${id}`, init);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('POST /api/auth/password');
  }
  expect(await acts(userId)).toEqual(['USER_CREATED']);
});

it('what was never signed in is signed out without a word', async () => {
  for (const headers of [{}, { authorization: `Bearer ${gatewayToken}` }]) {
    expect((await fetch(`${api.url}/api/auth/sessions`, { method: 'DELETE', headers })).status).toBe(204);
  }
});

it('passwords and refresh tokens stand in no log, no answer and no table', async () => {
  const secrets = ['first secret password', 'second secret password', 'third secret password'] as const;
  const email = 'secretive@example.test';
  const answers: string[] = [];
  const told = async (answer: Response) => {
    answers.push(await answer.text());
    return answer.status;
  };
  const post = (path: string, body: object, token = gatewayToken) => at(other.url, token, path, sending('POST', body));
  const created = await post('/api/users', { email, name: 'Secretive', role: 'viewer', password: secrets[0] });
  const { userId } = (await created.clone().json()) as { userId: string };
  expect(await told(created)).toBe(201);
  const open = await signIn(other.url, email, secrets[0]);
  await signIn(other.url, `${secrets[1]}@example.test`, secrets[1]);
  const rotated = await refresh(other.url, open.cookie);
  const change = { current: secrets[0], new: secrets[1] };
  expect(await told(await post('/api/auth/password', change, open.body.accessToken))).toBe(204);
  const reset = sending('PATCH', { password: secrets[2] });
  expect(await told(await at(other.url, gatewayToken, `/api/users/${userId}`, reset))).toBe(200);
  expect(await told(await at(other.url, gatewayToken, `/api/users`))).toBe(200);
  const { admin } = api.scratch.database;
  const tables = await Promise.all(
    ['ops_users', 'sessions', 'audit_log'].map((table) =>
      admin.query(`SELECT to_jsonb(t)::text AS row FROM ${table} t`),
    ),
  );
  const kept = tables.flatMap(({ rows }) => rows.map(({ row }) => row as string)).join('\n');
  expect(kept).toContain(email);
  await until(() => log.includes(`/api/users/:id`), 'the log of it');
  const tokens = [open, rotated].flatMap(({ cookie, body }) => [cookie.split('=')[1] as string, body.accessToken]);
  for (const secret of [...secrets, ...tokens]) {
    for (const [where, text] of Object.entries({ log, answers: answers.join('\n'), kept })) {
      expect([where, text.includes(secret)]).toEqual([where, false]);
    }
  }
  expect(answers.join('\n')).not.toContain('argon2');
  expect(JSON.stringify(await acts(userId))).toBe('["USER_CREATED","PASSWORD_SET","PASSWORD_SET"]');
});

describe('a person of the identity provider', () => {
  const issuer = 'https://id.example.test';
  const token = (sub: string, email: string | undefined, roles = ['operator']) =>
    provider.mint({ sub, contact: { email }, name: 'Pat\u0000 Person', access: { roles } });
  async function found(email: string) {
    const { items } = await api.get('/api/users?limit=200');
    return items.find((each: { email: string }) => each.email === email);
  }

  it('is entered at first use, under the e-mail, and can be disabled', async () => {
    const subject = `${issuer}|pat`;
    const first = await token('pat', 'Pat@Example.test');
    const asked = await Promise.all([
      statusOf(first),
      statusOf(first),
      statusOf(await token('pat', 'pat@example.test')),
    ]);
    expect(asked).toEqual([200, 200, 200]);
    const entered = await found('pat@example.test');
    expect(entered).toMatchObject({ name: 'Pat Person', role: 'operator', hasPassword: false, disabled: false });
    expect(await acts(entered.userId)).toEqual(['USER_CREATED']);
    // The subject is still the provider's.
    await at(other.url, first, '/api/payments', sending('POST', {}));
    await until(() => log.includes(`"caller":"${subject}"`), 'the log of it');
    // The provider says the role, at the next token.
    expect(await statusOf(await token('pat', 'pat@example.test', ['viewer']))).toBe(200);
    expect((await found('pat@example.test')).role).toBe('viewer');
    expect((await signIn(other.url, 'pat@example.test', password)).status).toBe(401);

    await api.call('PATCH', `/api/users/${entered.userId}`, { disabled: true });
    await refusedInTime(first, 'a person who is disabled');
    // Nor as a program: the provider leaves the e-mail out when its scope is not asked for.
    expect(await statusOf(await provider.mint({ sub: 'pat', access: { roles: ['operator'] } }))).toBe(401);
    expect(await statusOf(await token('pat', 'another@example.test'))).toBe(401);
    await api.call('PATCH', `/api/users/${entered.userId}`, { disabled: false });
    const from = Date.now();
    while ((await statusOf(first)) !== 200) expect(Date.now() - from).toBeLessThan(revokedWithinMs);
  });

  it('who signs in with a password too is one user, whose role here stays', async () => {
    const { userId, email } = await user('admin');
    expect(await statusOf(await token('twice', email, ['viewer']))).toBe(200);
    expect(await found(email)).toMatchObject({ userId, role: 'admin', hasPassword: true });
    expect(await acts(userId)).toEqual(['USER_CREATED', 'USER_IDENTITY_ADDED']);
    const open = await session(api, other.url, userId);
    await api.call('PATCH', `/api/users/${userId}`, { disabled: true });
    await refusedInTime(open.body.accessToken, 'the session');
    await refusedInTime(await token('twice', email), 'the token of the provider');
  });

  it('is nobody by an e-mail that the provider has not verified', async () => {
    const { userId, email } = await user('operator');
    for (const [email_verified, status] of [
      [false, 401],
      ['false', 401],
      [null, 401],
      [true, 200],
    ] as const) {
      const claims = { sub: 'mallory', contact: { email, email_verified }, access: { roles: ['operator'] } };
      expect([email_verified, await statusOf(await provider.mint(claims))]).toEqual([email_verified, status]);
    }
    expect(await acts(userId)).toEqual(['USER_CREATED', 'USER_IDENTITY_ADDED']);
  });

  it('is not taken for a program, nor a program for a person', async () => {
    for (const email of [null, 7, '', 'two words', { a: 1 }, 'x'.repeat(201)]) {
      expect([email, await statusOf(await token('odd', email as string))]).toEqual([email, 401]);
    }
    expect(await statusOf(await token('program', undefined, ['service']))).toBe(200);
    const { rows } = await api.scratch.database.admin.query(
      `SELECT subject FROM ops_user_subjects WHERE subject IN ('${issuer}|odd', '${issuer}|program')`,
    );
    expect(rows).toEqual([]);
  });
});

it('of two admins who disable each other at once through the API, one is left', async () => {
  const { admin } = api.scratch.database;
  await admin.query(`UPDATE ops_users SET disabled_at = now() WHERE role = 'admin'`);
  const act = (url: string, { userId }: TestUser, body: object) =>
    at(url, gatewayToken, `/api/users/${userId}`, sending('PATCH', body));
  for (let round = 0; round < 50; round++) {
    const [one, two] = [await user('admin'), await user('admin')];
    const body = round % 2 ? { disabled: true } : { role: 'operator' };
    const answers = await Promise.all([act(api.url, one, body), act(other.url, two, body)]);
    expect(answers.map(({ status }) => status).sort(), `round ${round}`).toEqual([200, 409]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(texts.filter((text) => text.includes('"LAST_ADMIN"')).length).toBe(1);
    await admin.query(`UPDATE ops_users SET disabled_at = now() WHERE role = 'admin'`);
  }
});

describe('users', () => {
  it('are created, read and listed by an admin, each e-mail once', async () => {
    const fields = { email: 'Ann@Example.test', name: 'Ann Example', role: 'viewer', password: 'long enough for all' };
    const { status, body, headers } = await api.call('POST', '/api/users', fields);
    expect(status).toBe(201);
    expect(body).toEqual({
      ...{ userId: body.userId, email: 'ann@example.test', name: 'Ann Example', role: 'viewer' },
      ...{ disabled: false, disabledAt: null, hasPassword: true, version: 1 },
      ...{ createdAt: expect.any(String), updatedAt: expect.any(String) },
    });
    expect(headers.get('location')).toBe(`/api/users/${body.userId}`);
    expect(await api.get(`/api/users/${body.userId}`)).toEqual(body);
    expect((await api.pages('/api/users?limit=100')).flat()).toContainEqual(body);
    const again = await api.call('POST', '/api/users', { ...fields, email: 'ANN@example.test' });
    expect([again.status, again.body.code]).toEqual([409, 'EMAIL_TAKEN']);
    const changed = await api.call('PATCH', `/api/users/${body.userId}`, { role: 'operator' });
    expect([changed.status, changed.body.role, changed.body.version]).toEqual([200, 'operator', 2]);
    const nobody = '01a204c4-5be4-733a-8403-d060098f0282';
    for (const [method, sent] of [['GET'], ['PATCH', { disabled: true }]] as const) {
      const answer = await api.call(method, `/api/users/${nobody}`, sent);
      expect([answer.status, answer.body.code]).toEqual([404, 'USER_NOT_FOUND']);
    }
  });

  it.each<[string, object, string, string]>([
    ['a short password', { password: 'elevenchars' }, 'password', 'TOO_SHORT'],
    ['a long one', { password: 'x'.repeat(129) }, 'password', 'TOO_LONG'],
    ['no e-mail', { email: 'ann' }, 'email', 'FORMAT'],
    ['an e-mail with a line in it', { email: 'a@b.test\nbcc: c@d.test' }, 'email', 'FORMAT'],
    ['no name to show', { name: ' ' }, 'name', 'FORMAT'],
    ['a role of programs', { role: 'service' }, 'role', 'NOT_ALLOWED'],
    ['a field of its own', { userId: 'x' }, 'userId', 'UNKNOWN_FIELD'],
  ])('are not created with %s', async (_, fields, field, rule) => {
    const good = { email: 'bad@example.test', name: 'Bad', role: 'viewer', password: 'long enough for all' };
    const { status, body } = await api.call('POST', '/api/users', { ...good, ...fields });
    expect([status, body.errors?.map((one: object) => ({ ...one, message: '' }))]).toEqual([
      400,
      [{ field, rule, message: '' }],
    ]);
  });

  it('are listed by role, and by whether they are disabled; why one was changed stands in the audit log', async () => {
    const { userId } = await user('viewer');
    const change = (body: object) =>
      at(api.url, gatewayToken, `/api/users/${userId}`, sending('PATCH', body)).then(({ status }) => status);
    expect(await change({ reason: 'nothing else' })).toBe(400);
    expect(await change({ disabled: true, reason: 'left us' })).toBe(200);
    const found = async (query: string) =>
      (
        (await (await at(api.url, gatewayToken, `/api/users?limit=200&${query}`)).json()) as {
          items: { userId: string }[];
        }
      ).items.map((one) => one.userId);
    expect(await found('role=viewer&disabled=true')).toContain(userId);
    for (const query of ['role=admin', 'disabled=false']) expect(await found(query)).not.toContain(userId);
    const { rows } = await api.scratch.database.admin.query(
      `SELECT detail->>'reason' AS reason FROM audit_log WHERE subject = $1 AND action = 'USER_DISABLED'`,
      [userId],
    );
    expect(rows).toEqual([{ reason: 'left us' }]);
  });

  it('are not changed by a request that changes nothing', async () => {
    const { userId } = await user('viewer');
    const { status, body } = await api.call('PATCH', `/api/users/${userId}`, {});
    expect([status, body.errors?.[0]?.rule]).toEqual([400, 'EMPTY']);
  });
});
