import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword, isPassword } from '../passwords/argon2id.js';

let database: ScratchDatabase;
let gateway: pg.Pool;

beforeAll(async () => {
  database = await createScratchDatabase('users');
  gateway = new pg.Pool({ connectionString: database.urlAs('wallet_gateway'), max: 4 });
});
afterAll(async () => {
  await gateway?.end();
  await database?.drop();
});

type Role = 'viewer' | 'operator' | 'admin';

async function outcome(call: string, values: unknown[]): Promise<string> {
  return (await gateway.query<{ outcome: string }>(`SELECT ${call} AS outcome`, values)).rows[0]?.outcome as string;
}

async function create(role: Role, { max = 1_000_000 } = {}): Promise<string> {
  const userId = randomUUID();
  const values = [userId, `${userId}@example.test`, 'Somebody', role, '$argon2id$x', 'dev', null, null, max];
  expect(await outcome('create_user($1, $2, $3, $4, $5, $6, $7, $8, $9)', values)).toBe('CREATED');
  return userId;
}

interface Change {
  role?: Role;
  disabled?: boolean;
  passwordHash?: string;
  version?: number;
  by?: string;
}

function change(userId: string, { role, disabled, passwordHash, version, by = 'user:x' }: Change): Promise<string> {
  const values = [userId, role, disabled, passwordHash, version, by, 'because', 'trace'];
  return outcome('change_user($1, $2, $3, $4, $5, $6, $7, $8)', values);
}

async function user(userId: string) {
  const { rows } = await gateway.query(
    'SELECT role, disabled_at IS NOT NULL AS disabled, version FROM ops_users WHERE user_id = $1',
    [userId],
  );
  return rows[0];
}

function start(userId: string, { sessionId = randomUUID(), version = 1, max = 20 } = {}): Promise<string> {
  const values = [sessionId, userId, version, randomBytes(32), '1 minute', max, null];
  return outcome('start_session($1, $2, $3, $4, $5, $6, $7)', values).then((done) => (done ? sessionId : 'REFUSED'));
}

async function ends(userId: string): Promise<Record<string, string>> {
  const { rows } = await gateway.query('SELECT session_id, ended_reason FROM sessions WHERE user_id = $1', [userId]);
  return Object.fromEntries(rows.map((row) => [row.session_id, row.ended_reason]));
}

async function acts(subject: string) {
  const { rows } = await database.admin.query(
    'SELECT action, caller, detail FROM audit_log WHERE subject = $1 ORDER BY audit_id',
    [subject],
  );
  return rows;
}

it('the last admin who can sign in stays one: of two who disable or lower each other at once, one is left', async () => {
  await database.admin.query('DELETE FROM ops_users');
  // Comes with the identity provider's tokens: cannot sign in here, and does not count.
  await database.admin.query(
    `INSERT INTO ops_users (user_id, email, name, role) VALUES (gen_random_uuid(), 'p@example.test', 'P', 'admin')`,
  );
  for (let round = 0; round < 50; round++) {
    const [one, two] = [await create('admin'), await create('admin')];
    const act: Change = round % 2 ? { disabled: true } : { role: 'viewer' };
    const outcomes = await Promise.all([change(one, act), change(two, act)]);
    expect(outcomes.sort(), `round ${round}`).toEqual(['CHANGED', 'LAST_ADMIN']);
    await database.admin.query('DELETE FROM ops_users WHERE has_password');
  }
});

it('each change raises the version, and one that was meant for another version does nothing', async () => {
  await create('admin');
  const userId = await create('viewer');
  expect(await change(userId, { role: 'operator', version: 2 })).toBe('STALE');
  expect(await change(userId, { role: 'operator', version: 1 })).toBe('CHANGED');
  expect(await change(userId, { role: 'operator', disabled: false })).toBe('CHANGED');
  expect(await user(userId)).toEqual({ role: 'operator', disabled: false, version: 2 });
  expect(await change(userId, { disabled: true, passwordHash: 'h' })).toBe('CHANGED');
  expect(await user(userId)).toEqual({ role: 'operator', disabled: true, version: 3 });
  expect(await change(randomUUID(), { disabled: true })).toBe('NOT_FOUND');
  const lines = await acts(userId);
  expect(lines.map(({ action }) => action)).toEqual(['USER_CREATED', 'ROLE_CHANGED', 'USER_DISABLED', 'PASSWORD_SET']);
  expect(lines[1]).toMatchObject({
    caller: 'user:x',
    detail: { before: { role: 'viewer' }, after: { role: 'operator' }, reason: 'because', traceId: 'trace' },
  });
  expect(JSON.stringify(lines)).not.toContain('argon2');
});

it('who was disabled or given another role changes no user any more, whatever token is still good', async () => {
  await create('admin');
  const asked = (by: string, email = `${randomUUID()}@example.test`) =>
    outcome('create_user($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
      ...[randomUUID(), email, 'Another', 'admin', 'h', by, null, null, 1_000_000],
    ]);
  const person = `https://id.example.test|${randomUUID()}`;
  const entered = await outcome('enter_person($1, $2, $3, $4, $5, $6, $7)', [
    ...[person, randomUUID(), `${randomUUID()}@example.test`, 'P', 'admin', null, 1_000_000],
  ]);
  const [disabled, lowered] = [await create('admin'), await create('admin')];
  const cases = [
    [disabled, `user:${disabled}`, { disabled: true }],
    [lowered, `user:${lowered}`, { role: 'viewer' }],
    [entered, person, { disabled: true }],
  ] as const;
  for (const [userId, by, act] of cases) {
    expect(await change(userId, { disabled: false, by })).toBe('CHANGED');
    expect(await asked(by)).toBe('CREATED');
    expect(await change(userId, act)).toBe('CHANGED');
    const after = await user(userId);
    for (const undo of [{ disabled: false }, { role: 'admin' }] as const)
      expect([by, await change(userId, { ...undo, by })]).toEqual([by, 'NOT_ALLOWED']);
    expect(await asked(by)).toBe('NOT_ALLOWED');
    expect(await user(userId)).toEqual(after);
  }
  // Their own password is theirs to change, while they may sign in.
  expect(await change(lowered, { passwordHash: 'h', by: `user:${lowered}` })).toBe('CHANGED');
  expect(await change(disabled, { passwordHash: 'h', by: `user:${disabled}` })).toBe('NOT_ALLOWED');
});

it('another role, a password and disabling end every session, and a session is not started past them', async () => {
  for (const [act, reason] of [
    [{ role: 'operator' }, 'ROLE_CHANGED'],
    [{ passwordHash: 'h' }, 'PASSWORD_SET'],
    [{ disabled: true }, 'USER_DISABLED'],
  ] as const) {
    const userId = await create('viewer');
    const sessions = [await start(userId), await start(userId)];
    await change(userId, act);
    expect(await ends(userId)).toEqual(Object.fromEntries(sessions.map((id) => [id, reason])));
    expect(await start(userId, { version: 1 })).toBe('REFUSED');
    expect((await acts(sessions[0] as string)).map(({ action }) => action)).toEqual([
      'SESSION_STARTED',
      'SESSION_ENDED',
    ]);
  }
});

it('sessions of a user above the most end, the oldest first', async () => {
  const userId = await create('viewer');
  const sessions: string[] = [];
  for (let made = 0; made < 4; made++) sessions.push(await start(userId, { max: 2 }));
  const reasons = await ends(userId);
  expect(sessions.map((id) => reasons[id])).toEqual(['TOO_MANY', 'TOO_MANY', null, null]);
});

it('the first admin is made only where nobody else can sign in as one', async () => {
  const first = (email: string) =>
    outcome('create_first_admin($1, $2, $3, $4, $5)', [randomUUID(), email, 'A', 'h', 'setup']);
  await database.admin.query('TRUNCATE ops_users CASCADE');
  const viewer = await create('viewer');
  expect(await first(`${viewer}@example.test`)).toBe('EMAIL_TAKEN');
  expect(await first('a@example.test')).toBe('CREATED');
  expect(await first('b@example.test')).toBe('ADMIN_EXISTS');
});

it('no role reads a password or a refresh token, changes users past the functions, or touches the audit log', async () => {
  const { rows } = await database.admin.query<{ may: string }>(`
    SELECT concat_ws(' ', role, privilege, relation) AS may
      FROM unnest(ARRAY['wallet_engine', 'wallet_gateway', 'wallet_audit']) role,
           unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) privilege,
           unnest(ARRAY['ops_users', 'ops_user_subjects', 'sessions', 'audit_log', 'api_tokens']) relation
     WHERE has_table_privilege(role, relation, privilege)
        OR privilege IN ('INSERT', 'UPDATE') AND has_any_column_privilege(role, relation, privilege)
    UNION ALL
    SELECT concat_ws(' ', role, 'SELECT', relation, secret)
      FROM unnest(ARRAY['wallet_engine', 'wallet_gateway', 'wallet_audit']) role,
           (VALUES ('ops_users', 'password_hash'), ('sessions', 'refresh_hash'), ('sessions', 'previous_hash')) s (relation, secret)
     WHERE has_column_privilege(role, relation, secret, 'SELECT')
    UNION ALL
    SELECT concat_ws(' ', role, 'EXECUTE', oid::regprocedure)
      FROM unnest(ARRAY['wallet_engine', 'wallet_audit']) role, pg_proc
     WHERE proname IN ('record_act', 'end_sessions', 'may_change_users', 'create_user', 'create_first_admin', 'change_user', 'password_to_check',
                       'start_session', 'rotate_session', 'sign_out', 'enter_person')
       AND has_function_privilege(role, oid, 'EXECUTE')`);
  expect(rows).toEqual([]);
  for (const call of [
    `record_act('a', 'b', 'c', NULL, NULL, NULL, NULL)`,
    `end_sessions('{}', 'REUSED', 'a', NULL)`,
    `may_change_users('a')`,
  ]) {
    await expect(gateway.query(`SELECT ${call}`)).rejects.toThrow('permission denied');
  }
});

describe('the program', () => {
  const shown = 'correct horse battery';

  async function run(name: string, args: string[], input: string) {
    const file = fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));
    const env = { ...process.env, DATABASE_URL: database.urlAs('wallet_gateway') };
    const child = spawn(process.execPath, [file, ...args], { env, stdio: 'pipe' });
    child.stdin.end(input);
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { output, errors, code };
  }
  async function signsIn(email: string, password: string): Promise<boolean> {
    const { rows } = await gateway.query('SELECT password_hash FROM password_to_check($1, NULL)', [email]);
    return isPassword(password, rows[0]?.password_hash);
  }

  it('create-admin makes the first admin with the password that it reads, and no second one', async () => {
    await database.admin.query('TRUNCATE ops_users CASCADE');
    const made = await run('create-admin', ['Ann@Example.test', 'Ann Example'], `${shown}\n`);
    expect(made).toEqual({ output: 'ann@example.test can sign in as an admin.\n', errors: '', code: 0 });
    expect(await signsIn('ann@example.test', shown)).toBe(true);
    const again = await run('create-admin', ['bob@example.test', 'Bob'], shown);
    expect([again.code, again.errors]).toEqual([
      1,
      expect.stringContaining('There is an admin who can sign in already'),
    ]);
    for (const [args, input] of [
      [['eve@example.test', 'Eve'], 'too short'],
      [['no e-mail', 'Eve'], shown],
      [['eve@example.test'], shown],
      [['eve@example.test', 'Eve', shown], shown],
    ] as const) {
      expect((await run('create-admin', [...args], input)).code).toBe(2);
    }
    expect((await gateway.query('SELECT FROM ops_users')).rowCount).toBe(1);
  });

  it('seed-users makes who is not there, and leaves who is, also the password that somebody changed', async () => {
    const seeds = ['first', 'second'].map((name) => ({
      ...{ email: `${name}@seed.test`, name, role: 'operator', password: shown },
    }));
    const seed = async () => {
      const { code, output, errors } = await run('seed-users', [], JSON.stringify(seeds));
      expect([code, errors]).toEqual([0, '']);
      return JSON.parse(output).map(({ signsIn: does }: { signsIn: boolean }) => does);
    };
    expect(await seed()).toEqual([true, true]);
    const { rows } = await gateway.query(`SELECT user_id FROM ops_users WHERE email = 'first@seed.test'`);
    await change(rows[0].user_id, { passwordHash: await hashPassword('somebody else’s') });
    expect(await seed()).toEqual([false, true]);
    expect(await signsIn('first@seed.test', 'somebody else’s')).toBe(true);
    expect((await user(rows[0].user_id)).version).toBe(2);
  });
});
