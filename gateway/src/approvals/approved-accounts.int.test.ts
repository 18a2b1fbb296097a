import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { revokedWithinMs } from '../auth/revocations.js';
import { type AccountRow, unlawful } from '../testing/account-powers.js';
import { type GatewayOfPeople, startGatewayOfPeople } from '../testing/gateway-of-people.js';
import { signIn } from '../testing/people.js';
import { openScratch, type Program, type Scratch, startGateway } from '../testing/scratch.js';
import { type ApiAnswer, type TestCaller, testCaller } from '../testing/test-caller.js';
import { people, type TestPerson } from '../testing/test-people.js';

let scratch: Scratch;
/** The last one is a process of its own, which takes nobody's word. */
let gateways: [GatewayOfPeople, GatewayOfPeople];
let real: Program & { url: string };
let log = '';
let dev: TestCaller;
let person: ReturnType<typeof people>;
let ann: TestPerson;
let bob: TestPerson;
let eve: TestPerson;
let operator: TestPerson;

beforeAll(async () => {
  scratch = await openScratch();
  gateways = [await startGatewayOfPeople(scratch), await startGatewayOfPeople(scratch)];
  real = await startGateway(scratch, async (url) => (await fetch(`${url}/health/live`)).status === 200, {
    LOG_LEVEL: 'trace',
  });
  real.process.stdout?.on('data', (chunk: Buffer) => {
    log += chunk;
  });
  dev = testCaller(() => gateways[0].url);
  person = people(scratch, () => gateways[0]);
  [ann, bob, eve] = [await person('admin'), await person('admin'), await person('admin')];
  operator = await person('operator');
});
afterAll(async () => {
  for (const gateway of gateways ?? []) await gateway.close();
  await real?.stop();
  await scratch?.database.drop();
});

const sql = async (text: string, values: unknown[] = []) => (await scratch.database.admin.query(text, values)).rows;
const saying = ({ status, body }: ApiAnswer) => [status, body.code ?? body.status];
const approve = (by: TestCaller, id: string) => by.call('POST', `/api/approvals/${id}/approve`, {});
const reject = (by: TestCaller, id: string) => by.call('POST', `/api/approvals/${id}/reject`, { note: 'no' });
const elsewhere = ({ userId }: TestPerson) => testCaller(() => gateways[1].url, `person.${userId}.admin`);
const setRole = ({ userId }: TestPerson, role: string) =>
  sql('UPDATE ops_users SET role = $2 WHERE user_id = $1', [userId, role]);
const rowsOn = (subject: string) =>
  sql('SELECT caller, action, detail FROM audit_log WHERE subject = $1 ORDER BY audit_id', [subject]);

const password = 'a-long-enough-passphrase';
const newUser = (role: string) => ({ email: `${randomUUID()}@example.com`, name: 'Carol', role, password });
const create = (by: TestCaller, body: object, key?: string) => by.call('POST', '/api/users', body, key);
const change = (by: TestCaller, { userId }: { userId: string }, body: object, key?: string) =>
  by.call('PATCH', `/api/users/${userId}`, body, key);
const mint = (by: TestCaller, body: object, key?: string) => by.call('POST', '/api/auth/token', body, key);

/** What was asked for, and how to ask again. */
async function asked(ask: (key: string) => Promise<ApiAnswer>) {
  const key = randomUUID();
  const answer = await ask(key);
  expect(answer.status, answer.text).toBe(202);
  const id = answer.body.approvalId as string;
  expect(answer.headers.get('location')).toBe(`/api/approvals/${id}`);
  expect([answer.headers.get('idempotency-key'), answer.headers.get('cache-control')]).toEqual([key, 'no-store']);
  return { id, answer, again: () => ask(key) };
}

const hashesKept = async (id: string) =>
  (await sql('SELECT password_hash IS NOT NULL AS kept FROM approvals WHERE approval_id = $1', [id]))[0].kept;

describe('a user', () => {
  it('is made an operator once another admin has approved it, with the password that was asked for', async () => {
    const body = newUser('operator');
    const { id, answer, again } = await asked((key) => create(ann, body, key));
    const { userId } = answer.body.payload;
    expect(answer.body).toMatchObject({
      ...{ action: 'USER_CREATE', subject: userId, status: 'PENDING', state: {} },
      payload: { userId, email: body.email, name: 'Carol', role: 'operator' },
    });
    expect([(await again()).body, await hashesKept(id)]).toEqual([answer.body, true]);
    expect((await signIn(real.url, body.email, password)).status).toBe(401);

    const approved = await approve(bob, id);
    expect([approved.status, approved.body.result]).toEqual([200, { userId }]);
    expect(await hashesKept(id)).toBe(false);
    expect((await approve(bob, id)).body).toEqual(approved.body);
    const made = await again();
    expect([made.status, made.headers.get('location'), made.body]).toEqual([
      201,
      `/api/users/${userId}`,
      await ann.get(`/api/users/${userId}`),
    ]);
    expect((await signIn(real.url, body.email, password)).status).toBe(201);
    expect(await rowsOn(userId)).toMatchObject([
      {
        ...{ action: 'USER_CREATED', caller: `user:${ann.userId}` },
        detail: { after: { role: 'operator', approvalId: id, decidedBy: `user:${bob.userId}` } },
      },
    ]);
    expect((await rowsOn(id)).map(({ action, caller }) => [action, caller])).toEqual([
      ['APPROVAL_REQUESTED', `user:${ann.userId}`],
      ['APPROVAL_APPROVED', `user:${bob.userId}`],
    ]);
  });

  it('is raised, let in again and given a password once another admin, whom it is not about, has approved it', async () => {
    const viewer = await person('viewer');
    const off = await person('operator');
    expect((await change(bob, off, { disabled: true })).status).toBe(200);
    for (const [of, body, by, now] of [
      [viewer, { role: 'admin' }, bob, { role: 'admin', version: 2 }],
      [off, { disabled: false }, bob, { disabled: false, version: 3 }],
      [operator, { password }, bob, { hasPassword: true, version: 2 }],
      [bob, { password }, eve, { hasPassword: true, version: 2 }],
    ] as const) {
      const { id, answer, again } = await asked((key) => change(ann, of, body, key));
      expect(answer.body).toMatchObject({ action: 'USER_CHANGE', subject: of.userId });
      expect([saying(await approve(ann, id)), saying(await reject(ann, id))]).toEqual(
        Array(2).fill([403, 'SELF_APPROVAL']),
      );
      if (of === bob) expect(saying(await approve(bob, id))).toEqual([403, 'SELF_APPROVAL']);
      expect((await approve(by, id)).body.result).toEqual({ userId: of.userId });
      const done = await again();
      expect([done.status, done.body]).toMatchObject([200, now]);
    }
    expect((await rowsOn(bob.userId)).at(-1)).toMatchObject({
      ...{ action: 'PASSWORD_SET', caller: `user:${ann.userId}` },
      detail: { after: { decidedBy: `user:${eve.userId}` } },
    });
  });

  it('has its sessions ended by a password that was approved', async () => {
    const body = newUser('viewer');
    const { userId } = (await create(ann, body)).body;
    const session = await signIn(real.url, body.email, password);
    const status = async () =>
      (await fetch(`${real.url}/api/wallets`, { headers: { authorization: `Bearer ${session.body.accessToken}` } }))
        .status;
    expect(await status()).toBe(200);
    const { id } = await asked((key) => change(ann, { userId }, { password: `${password}-2` }, key));
    await approve(bob, id);
    const approvedAt = Date.now();
    while ((await status()) !== 401) {
      expect(Date.now() - approvedAt).toBeLessThan(revokedWithinMs);
      await sleep(50);
    }
    expect((await signIn(real.url, body.email, `${password}-2`)).status).toBe(201);
  });

  it('has another version by then: nothing is done, who approves hears 409, who asked 422', async () => {
    const viewer = await person('viewer');
    const { id, again } = await asked((key) => change(ann, viewer, { role: 'operator' }, key));
    expect((await change(eve, viewer, { disabled: true })).status).toBe(200);
    expect([saying(await approve(bob, id)), saying(await again())]).toEqual([
      [409, 'APPROVAL_STALE'],
      [422, 'APPROVAL_STALE'],
    ]);
    expect(await ann.get(`/api/users/${viewer.userId}`)).toMatchObject({ role: 'viewer', version: 2 });
  });

  it('cannot be made or changed any more for another reason, which both are told', async () => {
    const body = newUser('operator');
    const { id, again } = await asked((key) => create(ann, body, key));
    expect((await create(dev, body)).status).toBe(201);
    const approved = await approve(bob, id);
    expect([approved.status, approved.body]).toMatchObject([
      200,
      { status: 'APPROVED', result: { code: 'EMAIL_TAKEN' } },
    ]);
    expect([saying(await again()), await hashesKept(id)]).toEqual([[409, 'EMAIL_TAKEN'], false]);
    expect(saying(await create(ann, body))).toEqual([409, 'EMAIL_TAKEN']);
    const before = await sql('SELECT user_id FROM ops_users WHERE password_hash IS NOT NULL AND role = $1', ['admin']);
    await sql(`UPDATE ops_users SET role = 'viewer' WHERE user_id = ANY ($1)`, [before.map((row) => row.user_id)]);
    const { userId } = (await create(dev, newUser('admin'))).body;
    const last = await asked((key) => change(ann, { userId }, { role: 'operator', password }, key));
    expect((await approve(eve, last.id)).body.result.code).toBe('LAST_ADMIN');
    expect(saying(await last.again())).toEqual([409, 'LAST_ADMIN']);
    await setRole(bob, 'admin');
  });

  it('stays what it is when it is rejected, when nobody decides, and when who asked may not ask any more', async () => {
    const body = newUser('admin');
    const rejected = await asked((key) => create(ann, body, key));
    expect([(await reject(bob, rejected.id)).status, await hashesKept(rejected.id)]).toEqual([200, false]);
    expect(saying(await rejected.again())).toEqual([422, 'APPROVAL_REJECTED']);
    const late = await asked((key) => create(ann, body, key));
    await sql('UPDATE approvals SET expires_at = clock_timestamp() WHERE approval_id = $1', [late.id]);
    await gateways[0].sweep.sweep();
    expect([saying(await late.again()), await hashesKept(late.id)]).toEqual([[422, 'APPROVAL_EXPIRED'], false]);
    for (const end of [`role = 'operator'`, 'disabled_at = clock_timestamp()']) {
      const asker = await person('admin');
      const of = await person('viewer');
      const { id } = await asked((key) => change(asker, of, { password }, key));
      await sql(`UPDATE ops_users SET ${end} WHERE user_id = $1`, [asker.userId]);
      expect([saying(await approve(bob, id)), await hashesKept(id)]).toEqual([[409, 'APPROVAL_STALE'], false]);
      expect(await ann.get(`/api/users/${of.userId}`)).toMatchObject({ version: 1 });
    }
  });

  it('is decided on by admins alone, and once: of two at two gateways one has decided', async () => {
    for (let round = 0; round < 20; round++) {
      const of = await person('viewer');
      const { id } = await asked((key) => change(ann, of, { role: 'operator' }, key));
      expect([saying(await approve(operator, id)), saying(await reject(operator, id))]).toEqual(
        Array(2).fill([403, 'FORBIDDEN']),
      );
      const answers = await Promise.all([approve(bob, id), approve(elsewhere(eve), id)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect((await rowsOn(of.userId)).map(({ action }) => action)).toEqual(['ROLE_CHANGED']);
    }
    // Its token says admin yet; the table does not.
    const { id } = await asked((key) => create(ann, newUser('operator'), key));
    const lowered = await person('admin');
    await setRole(lowered, 'operator');
    expect(saying(await approve(lowered, id))).toEqual([403, 'FORBIDDEN']);
    const tokenOfLess = testCaller(() => gateways[0].url, `person.${bob.userId}.operator`);
    expect(saying(await approve(tokenOfLess, id))).toEqual([403, 'FORBIDDEN']);
  });

  it('is changed and approved at once by many, and nothing waits for itself', async () => {
    const of = await Promise.all(Array.from({ length: 10 }, () => person('viewer')));
    const ids = await Promise.all(
      of.map(async (each) => (await asked((key) => change(ann, each, { role: 'operator' }, key))).id),
    );
    const answers = await Promise.all([
      ...ids.map((id) => approve(bob, id)),
      ...ids.map((id) => approve(elsewhere(eve), id)),
      ...of.map((each) => change(eve, each, { disabled: true })),
      ...of.map(() => change(eve, bob, { role: 'admin' })),
    ]);
    for (const { status, text } of answers) expect([200, 409], text).toContain(status);
  }, 30_000);

  it('gets no power but by two who were admins then, whatever admins ask, approve, lower and disable each other at once', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = seededRandom(seed);
    const oneOf = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const admins = await Promise.all(Array.from({ length: 6 }, () => person('admin')));
    const all = [...admins, ...(await Promise.all(Array.from({ length: 6 }, () => person('viewer'))))];
    const accounts = new Map(
      all.map(({ userId }, i) => [`user:${userId}`, { role: i < admins.length ? 'admin' : 'viewer', disabled: false }]),
    );
    const waiting: string[] = [];
    const keys: [TestPerson, object, string][] = [];
    const act = async (): Promise<ApiAnswer> => {
      // Tokens go on for seconds: nobody is told by theirs that they were lowered or disabled.
      const by = random() < 0.5 ? oneOf(admins) : elsewhere(oneOf(admins));
      const kind = random();
      if (kind < 0.45 && waiting.length > 0) return approve(by, oneOf(waiting));
      if (kind < 0.5 && waiting.length > 0) return reject(by, oneOf(waiting));
      const changes = oneOf([
        ...[
          { role: 'admin' },
          { role: 'admin' },
          { role: 'admin', disabled: false },
          { disabled: false },
          { password },
        ],
        ...[{ role: 'viewer' }, { role: 'operator' }, { disabled: true }],
      ]);
      const [of, asked, key] =
        random() < 0.1 && keys.length > 0 ? oneOf(keys) : ([oneOf(all), changes, randomUUID()] as const);
      keys.push([of, asked, key]);
      const answer = await change(by, of, asked, key);
      if (answer.status === 202) waiting.push(answer.body.approvalId as string);
      return answer;
    };
    const seen = new Map<number, number>();
    const crowd = async () => {
      for (let i = 0; i < 30; i++) {
        const { status, text } = await act();
        // On a slow machine too many new passwords may wait to be hashed: such a request did nothing.
        if (status === 503) expect(text, `seed ${seed}`).toContain('"OVERLOADED"');
        else expect([200, 202, 403, 409, 422], `seed ${seed}: ${text}`).toContain(status);
        seen.set(status, (seen.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 10 }, crowd));
    const rows = (await sql(
      `SELECT caller, action, subject, detail FROM audit_log WHERE subject = ANY ($1) ORDER BY audit_id`,
      [all.map(({ userId }) => userId)],
    )) as AccountRow[];
    expect(unlawful(rows, accounts), `seed ${seed}`).toEqual([]);
    expect(
      rows.some(({ detail }) => detail.after?.decidedBy !== undefined),
      `seed ${seed}: ${[...seen]}`,
    ).toBe(true);
    // What the log says is what is so.
    const users = await sql(
      'SELECT user_id, role, disabled_at IS NOT NULL AS disabled FROM ops_users WHERE user_id = ANY ($1)',
      [all.map(({ userId }) => userId)],
    );
    for (const { user_id, role, disabled } of users)
      expect(accounts.get(`user:${user_id}`)).toEqual({ role, disabled });
  }, 60_000);

  it('needs nobody to be a viewer, to be and to be lowered and disabled', async () => {
    expect((await create(bob, newUser('viewer'))).status).toBe(201);
    const of = await person('operator');
    expect((await change(bob, of, { role: 'viewer' })).status).toBe(200);
    expect((await change(bob, of, { disabled: true })).status).toBe(200);
    expect(saying(await change(bob, bob, { password }))).toEqual([403, 'FORBIDDEN']);
  });

  it('is no business of a token with nobody behind it, and the development token\u2019s row says that it acted alone', async () => {
    const program = testCaller(() => gateways[0].url, 'program.x.admin');
    const of = await person('viewer');
    for (const answer of [
      await create(program, newUser('operator')),
      await change(program, of, { password }),
      await mint(program, { role: 'service' }),
      await mint(program, { role: 'operator' }),
    ])
      expect([...saying(answer), answer.body.detail]).toEqual([403, 'FORBIDDEN', expect.stringContaining('sign in')]);
    const { userId } = (await create(dev, newUser('operator'))).body;
    expect((await change(dev, of, { role: 'operator' })).status).toBe(200);
    const viewer = (await create(dev, newUser('viewer'))).body.userId;
    const said = async (id: string) => (await rowsOn(id)).map(({ detail }) => detail.after?.withoutApproval);
    expect([await said(userId), await said(of.userId), await said(viewer)]).toEqual([[true], [true], [undefined]]);
  });

  it('has its e-mail and name shown to admins alone, and no hash of its password to anybody', async () => {
    const body = newUser('operator');
    const admin = newUser('admin');
    await create(dev, admin);
    const { accessToken } = (await signIn(real.url, admin.email, password)).body;
    const signedIn = testCaller(() => real.url, accessToken);
    const { id } = await asked((key) => create(signedIn, body, key));
    const shown = await operator.call('GET', `/api/approvals/${id}`);
    expect(shown.body.payload).toEqual({ userId: expect.any(String), role: 'operator' });
    for (const text of [shown.text, (await operator.call('GET', '/api/approvals?status=PENDING')).text])
      expect(text).not.toContain(body.email);
    expect((await eve.call('GET', `/api/approvals/${id}`)).text).toContain(body.email);
    await approve(bob, id);
    const texts = [
      (await eve.call('GET', `/api/approvals/${id}`)).text,
      (await eve.call('GET', '/api/approvals')).text,
      (await eve.call('GET', '/api/audit?limit=200')).text,
      JSON.stringify(await sql('SELECT * FROM audit_log')),
      JSON.stringify(await sql('SELECT * FROM approvals WHERE approval_id = $1', [id])),
      log,
    ];
    for (const text of texts) expect(text).not.toMatch(/argon2|a-long-enough/);
    const [{ may }] = await sql(
      `SELECT has_column_privilege('wallet_gateway', 'approvals', 'password_hash', 'SELECT') AS may`,
    );
    expect(may).toBe(false);
  });
});

describe('a token that moves money', () => {
  const terms = { role: 'service', caller: 'shop', ttlSeconds: 60 };
  const status = async (token: string) =>
    (await fetch(`${real.url}/api/wallets`, { headers: { authorization: `Bearer ${token}` } })).status;

  it('is minted once another admin has approved it, and given to who asked, under the key, and to nobody else', async () => {
    const { id, answer, again } = await asked((key) => mint(ann, terms, key));
    expect(answer.body).toMatchObject({
      ...{ action: 'TOKEN_MINT', subject: 'token:shop', state: {} },
      payload: { ...terms, scope: null },
    });
    expect([saying(await approve(ann, id)), saying(await approve(operator, id))]).toEqual([
      [403, 'SELF_APPROVAL'],
      [403, 'FORBIDDEN'],
    ]);
    expect((await ann.get('/api/auth/tokens')).items.map(({ tokenId }: { tokenId: string }) => tokenId)).not.toContain(
      id,
    );
    const askedAt = Date.now();
    const approved = await approve(bob, id);
    expect([approved.status, approved.body.result]).toEqual([200, { tokenId: id }]);
    const given = await again();
    expect([given.status, given.body]).toMatchObject([201, { tokenId: id, role: 'service', scope: null }]);
    // Counted from the decision, in whole seconds.
    expect(Date.parse(given.body.expiresAt) - askedAt).toBeGreaterThan(58_000);
    const { token } = given.body;
    // The same to the letter, whenever and wherever it is asked for.
    const key = given.headers.get('idempotency-replayed');
    expect([(await again()).body, key]).toEqual([given.body, 'true']);
    expect(await status(token)).toBe(200);
    for (const text of [approved.text, (await eve.call('GET', `/api/approvals/${id}`)).text, log])
      expect(text).not.toContain(token);
    expect(await rowsOn(id)).toMatchObject([
      { action: 'APPROVAL_REQUESTED' },
      {
        ...{ action: 'TOKEN_MINTED', caller: `user:${ann.userId}` },
        detail: { role: 'service', caller: 'shop', approvalId: id, decidedBy: `user:${bob.userId}` },
      },
      { action: 'APPROVAL_APPROVED', caller: `user:${bob.userId}` },
    ]);

    expect((await ann.get('/api/auth/tokens')).items[0]).toMatchObject({
      ...{ tokenId: id, mintedBy: `user:${ann.userId}`, caller: 'shop', revokedAt: null },
      expiresAt: given.body.expiresAt,
    });
    const withdrawn = await fetch(`${gateways[0].url}/api/auth/tokens/${id}`, {
      ...{ method: 'DELETE', headers: { authorization: `Bearer person.${bob.userId}.admin` } },
    });
    expect(withdrawn.status).toBe(204);
    const withdrawnAt = Date.now();
    while ((await status(token)) !== 401) {
      expect(Date.now() - withdrawnAt).toBeLessThan(revokedWithinMs);
      await sleep(50);
    }
  });

  it('is not minted when it is rejected, when nobody decides, and when who asked is no admin any more', async () => {
    const rejected = await asked((key) => mint(ann, { role: 'operator' }, key));
    await reject(bob, rejected.id);
    const late = await asked((key) => mint(ann, { role: 'operator' }, key));
    await sql('UPDATE approvals SET expires_at = clock_timestamp() WHERE approval_id = $1', [late.id]);
    const asker = await person('admin');
    const lowered = await asked((key) => mint(asker, { role: 'operator' }, key));
    await setRole(asker, 'operator');
    expect(saying(await approve(bob, lowered.id))).toEqual([409, 'APPROVAL_STALE']);
    expect(saying(await approve(bob, late.id))).toEqual([409, 'APPROVAL_EXPIRED']);
    expect([saying(await rejected.again()), saying(await late.again()), saying(await lowered.again())]).toEqual([
      [422, 'APPROVAL_REJECTED'],
      [422, 'APPROVAL_EXPIRED'],
      [422, 'APPROVAL_STALE'],
    ]);
    const ids = [rejected.id, late.id, lowered.id];
    expect(await sql('SELECT FROM api_tokens WHERE token_id = ANY ($1)', [ids])).toEqual([]);
  });

  it('is minted once by two who approve at two gateways at once', async () => {
    for (let round = 0; round < 20; round++) {
      const { id, again } = await asked((key) => mint(ann, { ...terms, scope: 'shop' }, key));
      const answers = await Promise.all([approve(bob, id), approve(elsewhere(eve), id)]);
      expect(answers.map((each) => each.status).sort()).toEqual([200, 409]);
      expect((await again()).body).toMatchObject({ tokenId: id, scope: 'shop' });
      expect((await rowsOn(id)).filter(({ action }) => action === 'TOKEN_MINTED').length).toBe(1);
    }
  });

  it('neither asks nor decides itself; one that only looks needs nobody; the development token says that it acted alone', async () => {
    const { id } = await asked((key) => mint(ann, terms, key));
    const minted = (await mint(dev, { role: 'operator' })).body;
    const thief = testCaller(() => real.url, minted.token);
    for (const answer of [await mint(thief, terms), await create(thief, newUser('operator')), await approve(thief, id)])
      expect(saying(answer)).toEqual([403, 'FORBIDDEN']);
    const viewer = await mint(ann, { role: 'viewer' });
    expect(viewer.status).toBe(201);
    const said = async (tokenId: string) => (await rowsOn(tokenId))[0].detail.withoutApproval;
    expect([await said(minted.tokenId), await said(viewer.body.tokenId)]).toEqual([true, undefined]);
  });
});

describe('a key', () => {
  it('that is none is refused, whoever sends it', async () => {
    const of = await person('viewer');
    for (const by of [dev, ann]) {
      expect((await change(by, of, { disabled: true }, 'a b')).body.errors).toMatchObject([
        { field: 'Idempotency-Key' },
      ]);
      expect((await mint(by, { role: 'viewer' }, 'k'.repeat(256))).body.errors).toMatchObject([{ rule: 'TOO_LONG' }]);
    }
    expect(await rowsOn(of.userId)).toEqual([]);
  });

  it('is made for who sends none, and told; one that names something else is refused', async () => {
    const body = newUser('operator');
    const first = await create(ann, body);
    const key = first.headers.get('idempotency-key') as string;
    expect([first.status, (await create(ann, body, key)).body]).toEqual([202, first.body]);
    expect(saying(await create(ann, { ...body, name: 'Eve' }, key))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(saying(await mint(ann, { role: 'service' }, key))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    // Another person's is another one.
    expect((await create(bob, { ...newUser('operator') }, key)).status).toBe(202);
  });
});
