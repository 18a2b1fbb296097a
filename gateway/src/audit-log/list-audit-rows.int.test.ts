import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@smart-wallet/local-stack/seeded-random.mjs';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCursor } from '../http/cursor.js';
import { type ListDatabase, openListDatabase } from '../storage/list-database.js';
import { openScratch, type Scratch } from '../testing/scratch.js';
import { touchedBy } from '../testing/touched-rows.js';
import { auditFilters } from './audit-filters.js';
import { type AuditRow, listAuditRows } from './list-audit-rows.js';

const count = 1_500;
const rowsMax = 150;
const seed = Number(process.env.AUDIT_LOG_SEED) || Math.floor(Math.random() * 2 ** 32);
const random = seededRandom(seed);
const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

const actors = ['dev', 'token:shop', 'https://id.example|Zoë', 'user:2', "o'neil"];
const actions = ['WALLET_STATUS_CHANGED', 'TRANSACTION_REVERSED', 'TOKEN_MINTED', 'SOMETHING_NEW'];
const subjects = Array.from({ length: 12 }, (_, i) => `01a204c4-5be4-733a-8403-d060098f02${10 + i}`);
/** One row each, at both ends of all. */
const rare = ['oldest', 'newest'];

let scratch: Scratch;
let owner: pg.Pool;
let lists: ListDatabase;
let table: AuditRow[];

beforeAll(async () => {
  scratch = await openScratch();
  owner = new pg.Pool({ connectionString: scratch.database.url, max: 2 });
  lists = openListDatabase({ databaseUrl: scratch.database.urlAs('wallet_gateway') }, pino({ level: 'silent' }));
  // Times that do not run with ids, many of them in one millisecond.
  const rows = Array.from({ length: count }, (_, i) => ({
    at: new Date(Date.UTC(2026, 0, 1) + Math.floor(random() * (count / 2))).toISOString(),
    caller: oneOf(actors),
    action: random() < 0.7 ? 'TOKEN_MINTED' : oneOf(actions),
    subject: oneOf(subjects),
    detail: { after: { i } },
  }));
  for (const [i, at] of ['2001-01-01T00:00:00.000Z', '2030-01-01T00:00:00.000Z'].entries()) {
    rows.push({ at, caller: 'rare', action: 'RARE', subject: rare[i] as string, detail: { after: { i } } });
  }
  await owner.query(
    `INSERT INTO audit_log (at, caller, action, subject, detail)
       SELECT * FROM jsonb_to_recordset($1) AS row (at timestamptz, caller text, action text, subject text, detail jsonb)`,
    [JSON.stringify(rows)],
  );
  table = (await owner.query<AuditRow>('SELECT *, NULL AS currency FROM audit_log')).rows;
});
afterAll(async () => {
  await lists?.end();
  await owner?.end();
  await scratch?.database.drop();
});

type Query = Record<string, string>;

/** What a reader of the whole table finds, newest first. */
function wanted(query: Query): string[] {
  return table
    .filter(
      (row) =>
        (query.actor === undefined || row.caller === query.actor) &&
        (query.action === undefined || row.action === query.action) &&
        (query.subject === undefined || row.subject === query.subject) &&
        (query.from === undefined || row.at.toISOString() >= query.from) &&
        (query.to === undefined || row.at.toISOString() < query.to),
    )
    .sort((a, b) => b.at.getTime() - a.at.getTime() || Number(b.audit_id) - Number(a.audit_id))
    .map(({ audit_id }) => audit_id);
}

async function pages(query: Query): Promise<string[][]> {
  const found: string[][] = [];
  for (let cursor: string | undefined; ; ) {
    const filters = auditFilters.parse(cursor === undefined ? query : { ...query, cursor });
    const page = await listAuditRows(lists, filters, rowsMax);
    found.push(page.rows.map(({ audit_id }) => audit_id));
    if (page.next === null) return found;
    expect(found.length).toBeLessThan(count);
    cursor = writeCursor(page.next, filters);
  }
}

function randomQuery(): Query {
  const times = [oneOf(table).at.toISOString(), oneOf(table).at.toISOString()].sort() as [string, string];
  const maybe = (field: string, value: string): Query => (random() < 0.5 ? { [field]: value } : {});
  return {
    ...maybe('actor', oneOf([...actors, 'nobody', 'rare'])),
    ...maybe('action', oneOf([...actions, 'NEVER', 'RARE'])),
    ...maybe('subject', oneOf([...subjects, ...rare, 'nothing'])),
    ...maybe('from', times[0]),
    ...maybe('to', times[1]),
    limit: oneOf(['7', '50', '200']),
  };
}

describe('the audit log', () => {
  it('is filtered and paged as a reader of all its rows would do it', async () => {
    for (let i = 0; i < 40; i++) {
      const query = randomQuery();
      const found = await pages(query);
      expect([seed, query, found.flat()]).toEqual([seed, query, wanted(query)]);
      for (const page of found) expect(page.length).toBeLessThanOrEqual(Number(query.limit));
    }
  });

  it.each<Query>([
    {},
    { actor: 'rare' },
    { action: 'RARE' },
    { subject: 'oldest' },
    { actor: 'dev', action: 'RARE' },
    { action: 'TOKEN_MINTED', subject: subjects[0] as string, actor: 'nobody' },
    { actor: 'dev', from: '2025-01-01T00:00:00.000Z', to: '2026-01-01T00:00:00.000Z' },
    { to: '2002-01-01T00:00:00.000Z' },
  ])('is read along an index, so many rows and no more, whatever the statistics: %j', async (query) => {
    for (const analyzed of [false, true]) {
      if (analyzed) await owner.query('ANALYZE audit_log');
      const filters = auditFilters.parse({ ...query, limit: '7' });
      const { rows, nodes } = await touchedBy(lists, () => listAuditRows(lists, filters, rowsMax));
      expect(rows).toBeLessThanOrEqual(rowsMax + 10);
      expect([...nodes].filter((node) => /Seq Scan|Bitmap/.test(node))).toEqual([]);
    }
  });

  it('finds the oldest row at once, by any of what it is', async () => {
    const [oldest] = wanted({ subject: 'oldest' });
    for (const query of [{ subject: 'oldest' }, { actor: 'rare', to: '2002-01-01T00:00:00.000Z' }]) {
      expect(await pages({ ...query, limit: '1' })).toEqual([[oldest]]);
    }
  });

  it('answers a filter that hardly anything matches with short pages that go on', async () => {
    const query = { actor: 'dev', action: 'TOKEN_MINTED', subject: 'nothing' };
    expect(await pages(query)).toEqual([[]]);
    const found = await pages({ actor: 'dev', action: 'SOMETHING_NEW', limit: '200' });
    expect(found.length).toBeGreaterThan(1);
    expect(found.some((page) => page.length < 200)).toBe(true);
  });

  it('shows a walk neither gaps nor repeats while rows are written', async () => {
    const before = wanted({ action: 'TOKEN_MINTED' });
    let writing = true;
    const writer = (async () => {
      for (; writing; await sleep(1)) {
        await owner.query(
          `INSERT INTO audit_log (caller, action, subject, detail) VALUES ('writer', 'TOKEN_MINTED', 'new', '{}')`,
        );
      }
    })();
    const found = (await pages({ action: 'TOKEN_MINTED', limit: '50' })).flat();
    writing = false;
    await writer;
    const old = new Set(before);
    expect(new Set(found).size).toBe(found.length);
    expect(found.filter((id) => old.has(id))).toEqual(before);
  });
});
