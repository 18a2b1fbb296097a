import type { NeedsPerson, PersonLine } from '@smart-wallet/engine/contract/live.js';
import { expect, test } from 'vitest';
import { frame, noon } from '../../../testing/live-data.js';
import { type PersonView, personView, rowsWithin } from './person-view.js';

const minute = 60_000;
const nowMs = noon * 1_000;
const line = (kind: string, about: Partial<PersonLine> = {}): PersonLine => ({
  ...{ kind, severity: 'WARNING', count: 1, oldestAt: nowMs - 12 * minute },
  ...about,
});
const calm: NeedsPerson = { lines: [], acknowledged: 0, ageMs: 0, reconciledAt: nowMs - 12 * minute, relayLagMs: 400 };

function seen(needsPerson: Partial<NeedsPerson> | null, frameAgeMs = 0): PersonView {
  const needs = needsPerson && { ...calm, ...needsPerson };
  const view = personView({
    frame: frame({ needsPerson: needs }),
    ...{ frameAgeMs, ledgerMs: 0, engineMs: 0, tryingForMs: minute, trouble: null },
  });
  if (!view) throw new Error('nothing is told');
  return view;
}

test('a gateway that does not tell, and one that does not know yet, are not calm', () => {
  const ages = { frameAgeMs: 0, ledgerMs: 0, engineMs: 0, tryingForMs: 0, trouble: null };
  expect(personView({ frame: frame(), ...ages })).toBeNull();
  expect(seen(null)).toMatchObject({ isUnknown: true, rows: [], breach: null, asides: [] });
  expect(personView({ frame: null, ...ages, frameAgeMs: null })).toMatchObject({ freshness: { state: 'loading' } });
});

test('calm: no row, no colour, and how old the last reconciliation and the events are', () => {
  expect(seen({})).toMatchObject({ isUnknown: false, rows: [], breach: null, freshness: { state: 'live' } });
  expect(seen({}).asides).toEqual(['reconciled 12 m ago', 'events < 1 s behind']);
  expect(seen({ reconciledAt: null, relayLagMs: null }).asides).toEqual(['never reconciled', 'no relay yet']);
  expect(seen({ reconciledAt: nowMs - 180 * minute, relayLagMs: 90_000 }).asides).toEqual([
    'reconciled 3 h ago',
    'events 1 m behind',
  ]);
});

test('each count says what it is, and a state has none', () => {
  const { rows } = seen({
    lines: [
      line('OPEN_FINDINGS', { severity: 'CRITICAL', count: 1_000, oldestAt: nowMs - 45_000 }),
      line('APPROVALS_WAITING', { count: 3 }),
      line('RECONCILIATION_LATE', { oldestAt: nowMs - 50 * 60 * minute }),
      line('SOMETHING_NEW', { severity: 'INFO' }),
    ],
  });
  expect(rows.map(({ severity, short, count, age }) => [severity, short, count, age])).toEqual([
    ['critical', 'Ledger breaks', '1,000+', '45 s'],
    ['warning', 'Approvals wait', '3', '12 m'],
    ['warning', 'Unreconciled', null, '2 d'],
    ['unknown', 'something new', '1', '12 m'],
  ]);
});

test('the tile takes the colour of the worst; an approval and what somebody is at leave it calm', () => {
  expect(seen({ lines: [line('APPROVALS_WAITING'), line('OPEN_FINDINGS', { severity: 'INFO' })] }).breach).toBeNull();
  expect(seen({ lines: [line('DEAD_LETTERS_WAITING')] }).breach).toBe('warning');
  expect(seen({ lines: [line('LATENCY'), line('OPEN_FINDINGS', { severity: 'CRITICAL' })] }).breach).toBe('critical');
});

test('what was read ten seconds ago is no present', () => {
  expect(seen({ ageMs: 9_000 }, 999).freshness).toEqual({ state: 'live' });
  expect(seen({ ageMs: 9_000 }, 1_000).freshness).toEqual({ state: 'stale', ageMs: 10_000 });
  expect(seen({ ageMs: 9_000 }, 5_000).freshness).toEqual({ state: 'stale', ageMs: 5_000 });
});

test('of too many the alerts are counted together, never breaks, dead letters or approvals', () => {
  const lines = ['SYSTEM_ERRORS', 'FAILURE_RATE', 'LATENCY', 'WALLET_DRAIN'].map((kind, i) =>
    line(kind, { severity: i < 2 ? 'CRITICAL' : 'WARNING', oldestAt: nowMs - i * minute }),
  );
  const { rows } = seen({ lines: [...lines, line('DEAD_LETTERS_WAITING', { count: 7 }), line('APPROVALS_WAITING')] });
  expect(rowsWithin(rows, 6)).toBe(rows);
  expect(rowsWithin(rows, 5).map(({ kind, count, age }) => [kind, count, age])).toEqual([
    ['SYSTEM_ERRORS', '1', '0 s'],
    ['FAILURE_RATE', '1', '1 m'],
    ['DEAD_LETTERS_WAITING', '7', '12 m'],
    ['APPROVALS_WAITING', '1', '12 m'],
    ['MORE_ALERTS', '2', '3 m'],
  ]);
  expect(rowsWithin(rows, 3).map(({ kind, count }) => [kind, count])).toEqual([
    ['DEAD_LETTERS_WAITING', '7'],
    ['APPROVALS_WAITING', '1'],
    ['MORE_ALERTS', '4'],
  ]);
});
