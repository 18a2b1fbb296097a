import type { EngineHeartbeat } from '@smart-wallet/engine/contract/events.js';
import { expect, it } from 'vitest';
import { LiveEngines, LiveGateways, memberGoneAfterMs } from './live-members.js';
import { NotAccepted } from './not-accepted.js';

const beat = (workerId: string, workerName: string): EngineHeartbeat => ({
  ...{ workerId, workerName, atMs: 0, oldestWaitingMs: 7, fencedCalls: 1, unknownCalls: 2, memoryBytes: 3 },
  partitions: [
    [0, 1, 40],
    [1, 1, 2],
  ],
});

it('an engine is shown by its last heartbeat, and leaves some time after it', () => {
  const engines = new LiveEngines();
  engines.heard(beat('b', 'engine-2'), 0);
  engines.heard(beat('a', 'engine-1'), 900);
  expect(engines.list(1_000)).toEqual([
    {
      ...{ workerId: 'a', name: 'engine-1', heardMsAgo: 100, partitions: 2, mailboxDepth: 42, oldestWaitingMs: 7 },
      ...{ fencedCalls: 1, unknownCalls: 2, memoryBytes: 3, standsBy: false },
    },
    expect.objectContaining({ workerId: 'b', heardMsAgo: 1_000 }),
  ]);
  expect(engines.list(memberGoneAfterMs + 1).map(({ workerId }) => workerId)).toEqual(['a']);
});

it('an engine that stands by is told so, and one of before, which does not say, owns what it owns', () => {
  const engines = new LiveEngines();
  engines.heard({ ...beat('a', 'engine-1'), partitions: [], standsBy: true }, 0);
  engines.heard(beat('b', 'engine-2'), 0);
  expect(engines.list(0)).toMatchObject([
    { workerId: 'a', partitions: 0, standsBy: true },
    { workerId: 'b', partitions: 2, standsBy: false },
  ]);
});

it('gateways that come and go by the thousand take bounded memory', () => {
  const gateways = new LiveGateways();
  const rest = { url: 'http://g', atMs: 0, openCommands: 0, oldestOpenMs: null, notAccepted: {}, liveConnections: 0 };
  for (let i = 0; i < 5_000; i++) gateways.heard({ gatewayId: `g${i}`, ...rest }, 0);
  const listed = gateways.list(0).map(({ gatewayId }) => gatewayId);
  expect(listed).toHaveLength(200);
  expect(listed).toContain('g4999');
});

it('what was not accepted counts for a minute, by problem code, and what was committed or refused does not', () => {
  const answers = new Map([['OVERLOADED', 100]]);
  const notAccepted = new NotAccepted(answers);
  expect(notAccepted.lastMinute()).toEqual({});
  answers.set('OVERLOADED', 103).set('UNKNOWN', 1).set('SUCCESS', 50).set('INSUFFICIENT_FUNDS', 5);
  expect(notAccepted.lastMinute()).toEqual({ OUTCOME_UNKNOWN: 1, OVERLOADED: 3 });
  for (let i = 0; i < 59; i++) notAccepted.secondPassed();
  expect(notAccepted.lastMinute()).toEqual({ OUTCOME_UNKNOWN: 1, OVERLOADED: 3 });
  notAccepted.secondPassed();
  expect(notAccepted.lastMinute()).toEqual({});
});
