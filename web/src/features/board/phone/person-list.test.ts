import type { LiveFrame } from '@smart-wallet/engine/contract/live.js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { closedSeconds, engine, frame, gateway, noon, snapshot, takeover } from '../../../testing/live-data.js';
import { BoardStore } from '../store/board-store.js';
import { personList } from './person-list.js';

let store: BoardStore;

beforeEach(() => {
  vi.useFakeTimers();
  store = new BoardStore(() => {});
  store.takeSnapshot(snapshot(closedSeconds(noon - 60, 60, { succeeded: 10 })));
});

afterEach(() => {
  store.stop();
  vi.useRealTimers();
});

test('nobody is needed when all is well, while connecting, or on a quiet night', () => {
  expect(personList(store.view(), () => String)).toEqual([]);
  expect(listed({})).toEqual([]);
  store.takeSnapshot(snapshot(closedSeconds(noon - 60, 60)));
  expect(listed({})).toEqual([]);
});

test('every broken rule is listed, the worst first', () => {
  const list = listed({ gateways: [gateway('one', { notAccepted: { OVERLOADED: 1 }, oldestOpenMs: 6_000 })] });
  expect(list).toEqual([
    { severity: 'critical', text: 'A payment has been waiting for 6.0 s', atMs: null },
    { severity: 'warning', text: '1 payment not accepted in the last minute: OVERLOADED', atMs: null },
  ]);
});

test('who has been silent for longer than a takeover takes is listed', () => {
  const engines = [engine('engine-1', { heardMsAgo: 2_500 }), engine('engine-2', { heardMsAgo: 2_501 })];
  const gateways = [gateway('gateway-1', { heardMsAgo: 4_000 })];
  expect(listed({ workers: engines, gateways })).toEqual([
    { severity: 'warning', text: 'engine-2 has been silent for 2.5 s', atMs: null },
    { severity: 'warning', text: 'gateway-1 has been silent for 4.0 s', atMs: null },
  ]);
});

test('the latest takeover is listed unless it was planned, or the first claim of all', () => {
  expect(listed({ takeovers: [takeover({ planned: true }), takeover({ from: null })] })).toEqual([]);
  const atMs = noon * 1_000 - 30_000;
  expect(listed({ takeovers: [takeover({ planned: true }), takeover({ atMs, tookMs: 3_400 })] })).toEqual([
    { severity: 'warning', text: 'two took 1 partition from one in 3.4 s', atMs },
  ]);
});

test('what waits for a person is listed in full words with its count, and a state without one', () => {
  const needsPerson = {
    ...{ acknowledged: 0, ageMs: 0 },
    lines: [
      { kind: 'OPEN_FINDINGS', severity: 'CRITICAL', count: 2, oldestAt: 1 },
      { kind: 'RECONCILIATION_LATE', severity: 'WARNING', count: 1, oldestAt: 2 },
      { kind: 'APPROVALS_WAITING', severity: 'INFO', count: 1, oldestAt: 3 },
    ] as const,
  };
  expect(listed({ needsPerson: { ...needsPerson, lines: [...needsPerson.lines] } })).toEqual([
    { severity: 'critical', text: 'Reconciliation breaks that nobody has explained: 2', atMs: 1 },
    { severity: 'warning', text: 'Reconciliation is late', atMs: 2 },
    { severity: 'unknown', text: 'Approvals that wait for a second person', atMs: 3 },
  ]);
});

function listed(about: Partial<LiveFrame>) {
  store.takeFrame(frame(about));
  vi.advanceTimersToNextTimer();
  return personList(store.view(), () => String);
}
