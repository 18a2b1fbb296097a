import { expect, test } from 'vitest';
import { type AlertCount, type PersonFacts, personLines } from './person-facts.js';

const hour = 3_600_000;
const nowMs = 100 * hour;
const calm: PersonFacts = {
  ...{ nowMs, findings: 0, oldestFindingAt: null, deadLetters: 0, oldestDeadLetterAt: null, approvals: 0 },
  ...{ oldestApprovalAt: null, reconciledAt: nowMs - hour, reconciliationFailedAt: null },
  ...{ reconciliationDueAt: nowMs + 1, relayLagMs: 400 },
};
const alert = (kind: string, about: Partial<AlertCount> = {}): AlertCount => ({
  ...{ kind, severity: 'WARNING', count: 1, oldestAt: nowMs - 1_000, acknowledged: 0 },
  ...about,
});
const taken = { severity: null, count: 0, oldestAt: null, acknowledged: 1 } as const;
const kinds = (facts: Partial<PersonFacts>, alerts: AlertCount[] = []) =>
  personLines(alerts, { ...calm, ...facts }).map(({ kind, severity, count }) => `${kind} ${severity} ${count}`);

test('when nothing waits there is no line', () => {
  expect(kinds({})).toEqual([]);
});

test('breaks come before what is less bad, then the oldest comes first', () => {
  const facts = { findings: 2, oldestFindingAt: nowMs - 5, approvals: 3, oldestApprovalAt: nowMs - 60_000 };
  expect(kinds({ ...facts, deadLetters: 4, oldestDeadLetterAt: nowMs - 90_000 }, [alert('LATENCY')])).toEqual([
    'OPEN_FINDINGS CRITICAL 2',
    'DEAD_LETTERS_WAITING WARNING 4',
    'APPROVALS_WAITING WARNING 3',
    'LATENCY WARNING 1',
  ]);
});

test('what is counted is no alert as well, and presses no more once that alert is acknowledged', () => {
  const facts = { findings: 2, oldestFindingAt: 1, deadLetters: 4, oldestDeadLetterAt: 2 };
  expect(kinds(facts, [alert('LEDGER_INCONSISTENCY', { severity: 'CRITICAL' }), alert('DEAD_LETTERS')])).toEqual([
    'OPEN_FINDINGS CRITICAL 2',
    'DEAD_LETTERS_WAITING WARNING 4',
  ]);
  expect(kinds(facts, [alert('LEDGER_INCONSISTENCY', taken), alert('DEAD_LETTERS', taken)])).toEqual([
    'OPEN_FINDINGS INFO 2',
    'DEAD_LETTERS_WAITING INFO 4',
  ]);
  // An alert that is configured to be worse makes its line so.
  expect(kinds(facts, [alert('DEAD_LETTERS', { severity: 'CRITICAL' })])).toContain('DEAD_LETTERS_WAITING CRITICAL 4');
  // The alert outlives what it is about by a minute.
  expect(kinds({}, [alert('DEAD_LETTERS')])).toEqual(['DEAD_LETTERS WARNING 1']);
});

test('a reconciliation is late when two were missed, and a platform that has just started has missed none', () => {
  expect(kinds({ reconciledAt: nowMs - 2 * hour + 1 })).toEqual([]);
  expect(kinds({ reconciledAt: nowMs - 2 * hour })).toEqual(['RECONCILIATION_LATE WARNING 1']);
  expect(kinds({ reconciledAt: null, reconciliationDueAt: null })).toEqual([]);
  expect(kinds({ reconciledAt: null, reconciliationDueAt: nowMs - hour + 1 })).toEqual([]);
  expect(kinds({ reconciledAt: null, reconciliationDueAt: nowMs - hour })).toEqual(['RECONCILIATION_LATE WARNING 1']);
});

test('one that failed is told instead of being late', () => {
  const facts = { reconciledAt: nowMs - 9 * hour, reconciliationFailedAt: nowMs - hour };
  expect(kinds(facts)).toEqual(['RECONCILIATION_FAILED WARNING 1']);
});

test('a relay that is a minute behind is told, unless its alert tells it or somebody is at it', () => {
  expect(kinds({ relayLagMs: 59_999 })).toEqual([]);
  expect(kinds({ relayLagMs: null })).toEqual([]);
  expect(kinds({ relayLagMs: 60_000 })).toEqual(['RELAY_LAG WARNING 1']);
  expect(kinds({ relayLagMs: 60_000 }, [alert('RELAY_LAG', { severity: 'CRITICAL' })])).toEqual([
    'RELAY_LAG CRITICAL 1',
  ]);
  expect(kinds({ relayLagMs: 60_000 }, [alert('RELAY_LAG', taken)])).toEqual([]);
});
