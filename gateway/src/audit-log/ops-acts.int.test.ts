import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestsWaitingMax } from '../digests/requests-waiting.js';
import { auditedCalls, auditedShape } from '../testing/audited-calls.js';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.js';

/* What people do about the platform rather than with money. */

let api: TestPlatform;

beforeAll(async () => {
  api = await startTestPlatform();
});
afterAll(() => api?.close());

const { ask, rowsOf } = auditedCalls(() => api);
const shape = auditedShape;

describe('a dead letter', () => {
  const ids = ['1', '2', '3'].map((n) => `0193a0c0-0000-7000-8000-00000000000${n}`) as [string, string, string];
  const list = async (query = '', token = '') =>
    JSON.parse((await ask('GET', `/api/dead-letters${query}`, undefined, { token })).text);
  const tokenOf = async (role: string) =>
    (await api.call('POST', '/api/auth/token', { role, caller: role })).body.token;

  beforeAll(async () => {
    for (const [index, id] of ids.entries()) {
      await api.scratch.database.admin.query(
        `INSERT INTO dead_letters (dead_letter_id, queue, message_id, reason, attempts, first_failed_at, payload, payload_bytes, headers)
         VALUES ($1, $2, $3, '550 <ann@example.com> is unknown', 5, '2026-01-01Z', $4, length($4::bytea), '{}')`,
        [id, index === 2 ? 'other.v1' : 'mail.v1', `m${index}`, Buffer.from('{"to":"ann@example.com"}')],
      );
    }
  });

  it('is listed by pages and by queue; whose mail it is, to operators', async () => {
    const first = await list('?limit=1&queue=mail.v1');
    expect(first.items).toEqual([
      {
        ...{
          deadLetterId: ids[1],
          queue: 'mail.v1',
          messageId: 'm1',
          reason: '550 <ann@example.com> is unknown',
          attempts: 5,
        },
        ...{
          firstFailedAt: '2026-01-01T00:00:00.000Z',
          payload: { to: 'ann@example.com' },
          payloadBytes: 24,
          status: 'WAITING',
        },
      },
    ]);
    const second = await list(`?limit=1&queue=mail.v1&cursor=${first.nextCursor}`);
    expect([second.items[0].deadLetterId, second.nextCursor]).toEqual([ids[0], null]);
    expect((await list()).items).toHaveLength(3);
    const seen = await ask('GET', '/api/dead-letters', undefined, { token: await tokenOf('viewer') });
    expect(seen.text).not.toContain('ann@example.com');
  });

  it('is replayed or deleted once, which the log says once', async () => {
    const token = await tokenOf('operator');
    const act = (method: string, path: string) => ask(method, `/api/dead-letters/${path}`, undefined, { token });
    const [asked, again] = [await act('POST', `${ids[0]}/replay`), await act('POST', `${ids[0]}/replay`)];
    expect([asked.status, again.status, again.text]).toEqual([202, 202, asked.text]);
    expect(JSON.parse(asked.text)).toEqual({ deadLetterId: ids[0], status: 'REPLAYING' });
    const [gone, goneAgain] = [await act('DELETE', ids[1]), await act('DELETE', ids[1])];
    expect([gone.status, goneAgain.status]).toEqual([204, 204]);
    for (const refused of [await act('DELETE', ids[0]), await act('POST', `${ids[1]}/replay`)]) {
      expect([refused.status, JSON.parse(refused.text).code]).toEqual([409, 'DEAD_LETTER_ENDED']);
    }
    expect((await act('DELETE', randomUUID())).status).toBe(404);
    expect((await list()).items.map(({ deadLetterId }: { deadLetterId: string }) => deadLetterId)).toEqual([
      ids[2],
      ids[0],
    ]);
    const actor = 'token:operator';
    const replayed = {
      ...shape,
      actor,
      action: 'DEAD_LETTER_REPLAY_REQUESTED',
      subject: ids[0],
      before: null,
      reason: null,
    };
    expect(await rowsOf(ids[0])).toEqual([
      { ...replayed, after: { queue: 'mail.v1', messageId: 'm0' }, traceId: asked.traceId },
    ]);
    expect(await rowsOf(ids[1])).toMatchObject([{ actor, action: 'DEAD_LETTER_DELETED', traceId: gone.traceId }]);
  });
});

describe('saved views', () => {
  const view = { list: 'transactions', name: 'Failed', query: 'status=FAILED&reference=00123', shared: false };
  const put = (id: string, body: object, token = '') => ask('PUT', `/api/views/${id}`, body, { token });
  const shown = async (token = '') =>
    JSON.parse((await ask('GET', '/api/views?list=transactions', undefined, { token })).text).items;

  it('are their owner’s, until they are shared, which the log says; nobody else changes them', async () => {
    const viewId = randomUUID();
    const token = async (role: string) =>
      (await api.call('POST', '/api/auth/token', { role, caller: role })).body.token;
    const [viewer, operator] = [await token('viewer'), await token('operator')];
    expect((await put(viewId, view, operator)).status).toBe(200);
    expect((await put(viewId, view, operator)).status).toBe(200);
    expect(await shown(operator)).toMatchObject([{ ...view, viewId, mine: true, savedBy: 'token:operator' }]);
    expect(await shown(viewer)).toEqual([]);
    expect(await rowsOf(viewId)).toEqual([]);

    const shared = await put(viewId, { ...view, shared: true }, operator);
    expect(JSON.parse(shared.text)).toMatchObject({ shared: true, mine: true });
    expect(await shown(viewer)).toMatchObject([{ ...view, shared: true, mine: false }]);
    for (const one of [
      await put(viewId, view, viewer),
      await ask('DELETE', `/api/views/${viewId}`, undefined, { token: viewer }),
    ]) {
      expect([one.status, JSON.parse(one.text).code]).toEqual([404, 'VIEW_NOT_FOUND']);
    }
    expect((await put(randomUUID(), { ...view, shared: true }, viewer)).status).toBe(403);
    // An admin takes away what others share, and nothing that they keep to themselves.
    const own = randomUUID();
    await put(own, view, operator);
    expect((await ask('DELETE', `/api/views/${own}`)).status).toBe(404);
    const gone = await ask('DELETE', `/api/views/${viewId}`);
    expect(gone.status).toBe(204);
    const { list, name, query } = view;
    const said = { list, name, query };
    expect(await rowsOf(viewId)).toMatchObject([
      { ...shape, actor: 'token:operator', action: 'VIEW_SHARED', before: null, after: said, traceId: shared.traceId },
      { ...shape, action: 'VIEW_UNSHARED', before: said, after: null, traceId: gone.traceId },
    ]);
    const [first] = await rowsOf(viewId);
    expect(await api.get(`/api/audit/${first?.auditId}`)).toEqual(first);
    const none = await ask('GET', '/api/audit/999999999');
    expect([none.status, JSON.parse(none.text).code]).toEqual([404, 'AUDIT_ROW_NOT_FOUND']);
  });

  it('are a hundred at most of one person', async () => {
    const { body } = await api.call('POST', '/api/auth/token', { role: 'viewer', caller: 'collector' });
    const statuses = await Promise.all(
      Array.from({ length: 101 }, async () => (await put(randomUUID(), view, body.token)).status),
    );
    expect(statuses.toSorted()).toEqual([...Array.from({ length: 100 }, () => 200), 409]);
  });
});

describe('digests and summaries', () => {
  const ann = { email: 'ann@example.com', timeZone: 'Europe/Berlin', frequency: 'DAILY', at: '07:00' };
  const put = (items: object[]) => ask('PUT', '/api/digests/recipients', { items });
  const wrong = ({ status, text }: { status: number; text: string }) => [
    status,
    JSON.parse(text).errors?.map(({ field, rule }: { field: string; rule: string }) => `${field} ${rule}`),
  ];

  it('have recipients that are replaced as a whole, which the log says with what was before', async () => {
    expect(JSON.parse((await put([ann])).text).items).toEqual([{ ...ann, name: null }]);
    const second = await put([{ ...ann, name: 'Ann', frequency: 'WEEKLY' }]);
    const listed = await ask('GET', '/api/digests/recipients');
    expect([listed.status, listed.text]).toEqual([200, second.text]);
    const newest = (await rowsOf('digests')).at(-1);
    expect(newest).toMatchObject({
      action: 'DIGEST_RECIPIENTS_CHANGED',
      before: { items: [ann] },
      traceId: second.traceId,
    });
  });

  it('leave no address in the log that a viewer reads', async () => {
    await put([ann]);
    await ask('POST', '/api/digests/send', { email: ann.email, date: '2026-01-31' });
    const tokenOf = async (role: string) =>
      (await api.call('POST', '/api/auth/token', { role, caller: `${role}.of.digests` })).body.token;
    for (const [role, sees] of [
      ['viewer', false],
      ['operator', true],
    ] as const) {
      const token = await tokenOf(role);
      for (const action of ['DIGEST_RECIPIENTS_CHANGED', 'DIGEST_REQUESTED']) {
        const list = await ask('GET', `/api/audit?action=${action}`, undefined, { token });
        const [row] = JSON.parse(list.text).items;
        const one = await ask('GET', `/api/audit/${row.auditId}`, undefined, { token });
        expect([action, role, list.status, one.status]).toEqual([action, role, 200, 200]);
        for (const { text } of [list, one]) expect(text.includes(ann.email)).toBe(sees);
      }
    }
  });

  it('name what is wrong with a recipient, and change nothing then', async () => {
    const before = (await ask('GET', '/api/digests/recipients')).text;
    for (const [change, expected] of [
      [{ email: 'ann@example.com, eve@example.com' }, 'items.0.email ADDRESS'],
      [{ timeZone: 'Mars/Olympus' }, 'items.0.timeZone TIME_ZONE'],
      [{ at: '24:00' }, 'items.0.at FORMAT'],
      [{ frequency: 'HOURLY' }, 'items.0.frequency NOT_ALLOWED'],
    ] as const) {
      expect(wrong(await put([{ ...ann, ...change }]))).toEqual([400, [expected]]);
    }
    expect(wrong(await put([ann, ann]))).toEqual([400, ['items DUPLICATE']]);
    expect((await ask('GET', '/api/digests/recipients')).text).toBe(before);
  });

  it('are asked for, on record; not of days to come', async () => {
    const sent = await ask('POST', '/api/digests/send', { email: 'bob@example.com', date: '2026-01-31' });
    const { digestId } = JSON.parse(sent.text);
    expect([sent.status, await rowsOf(digestId)]).toMatchObject([202, [{ action: 'DIGEST_REQUESTED' }]]);
    const [digest] = JSON.parse((await ask('GET', '/api/digests?limit=1')).text).items;
    expect(digest).toMatchObject({ digestId, email: 'bob@example.com', date: '2026-01-31', status: 'PENDING' });
    const told = await ask('POST', '/api/ai/summaries', { date: '2026-01-31' });
    expect([told.status, await rowsOf('2026-01-31')]).toMatchObject([202, [{ action: 'SUMMARY_REQUESTED' }]]);
    for (const [path, body] of [
      ['/api/digests/send', { email: 'bob@example.com', date: '2199-01-01' }],
      ['/api/ai/summaries', { date: '2199-01-01' }],
    ] as const) {
      expect(wrong(await ask('POST', path, body))).toEqual([400, ['date RANGE']]);
    }
    expect(wrong(await ask('POST', '/api/ai/summaries', { date: '2026-02-30' }))).toEqual([400, ['date FORMAT']]);
  });

  it('are asked for once while they wait, and so many wait', async () => {
    const pending = async () =>
      Number((await admin.query(`SELECT count(*) AS n FROM digests WHERE status = 'PENDING'`)).rows[0].n);
    const admin = api.scratch.database.admin;
    await admin.query(`UPDATE digests SET status = 'FAILED'; DELETE FROM summary_requests`);
    const digest = (email: string, date = '2026-01-30') => ask('POST', '/api/digests/send', { email, date });
    const summary = (date: string) => ask('POST', '/api/ai/summaries', { date });
    const [first, again, other] = [
      await digest('a@x.example'),
      await digest('a@x.example'),
      await digest('a@x.example', '2026-01-29'),
    ];
    expect([again.status, again.text]).toEqual([202, first.text]);
    expect(other.text).not.toBe(first.text);
    const [told, toldAgain] = [await summary('2026-01-10'), await summary('2026-01-10')];
    expect([toldAgain.status, toldAgain.text]).toEqual([202, told.text]);
    for (let i = 2; i < requestsWaitingMax; i++) expect((await digest(`b${i}@x.example`)).status).toBe(202);
    for (let i = 1; i < requestsWaitingMax; i++) {
      expect((await summary(`2025-12-${String(i).padStart(2, '0')}`)).status).toBe(202);
    }
    for (const refused of [await digest('c@x.example'), await summary('2026-01-11')]) {
      expect([refused.status, JSON.parse(refused.text).code]).toEqual([429, 'RATE_LIMITED']);
    }
    expect(await pending()).toBe(requestsWaitingMax);
    expect((await digest('a@x.example')).text).toBe(first.text);
    // What is made waits no more: there is room, and the same is another one.
    await admin.query(`UPDATE digests SET status = 'FAILED' WHERE digest_id = $1`, [JSON.parse(first.text).digestId]);
    const anew = await digest('a@x.example');
    expect([anew.status, anew.text === first.text]).toEqual([202, false]);
    await admin.query(`UPDATE digests SET status = 'FAILED'; DELETE FROM summary_requests`);
  });

  it('go to whom an operator pleases only if they are recipients: to others an admin sends them', async () => {
    const { token } = (await api.call('POST', '/api/auth/token', { role: 'operator', caller: 'night.shift' })).body;
    const send = (email: string) => ask('POST', '/api/digests/send', { email, date: '2026-01-31' }, { token });
    await put([ann]);
    expect(wrong(await send('eve@example.com'))[0]).toBe(403);
    expect((await send('ANN@example.com')).status).toBe(202);
  });

  it('are listed by pages, of the days between', async () => {
    await api.scratch.database.admin.query(
      `INSERT INTO ai_summaries (summary_id, summary_date, summary_type, content, facts)
       SELECT gen_random_uuid(), '2026-03-01'::date + day / 2, 'FALLBACK', 'Quiet.', '{}' FROM generate_series(0, 5) AS day`,
    );
    const days: string[] = [];
    for (let cursor = ''; cursor !== 'null'; ) {
      const path = `/api/ai/summaries?from=2026-03-01&to=2026-03-02&limit=3${cursor && `&cursor=${cursor}`}`;
      const page = JSON.parse((await ask('GET', path)).text);
      days.push(...page.items.map(({ summaryDate }: { summaryDate: string }) => summaryDate));
      cursor = String(page.nextCursor);
    }
    expect(days).toEqual(['2026-03-02', '2026-03-02', '2026-03-01', '2026-03-01']);
  });
});
