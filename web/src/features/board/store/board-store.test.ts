import type { ClosedSecond, LiveRefusal } from '@smart-wallet/engine/contract/live.js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  closedSecond,
  closedSeconds,
  engine,
  figures,
  frame,
  gateway,
  noon,
  payment,
  snapshot,
} from '../../../testing/live-data.js';
import { seededRandom } from '../../../testing/seeded-random.js';
import { BoardStore, renderEveryMsMin } from './board-store.js';
import { breachOf } from './breach.js';

let store: BoardStore;
let refusals: LiveRefusal[];
let renderings: number;

beforeEach(() => {
  vi.useFakeTimers({ now: noon * 1_000 });
  refusals = [];
  renderings = 0;
  store = new BoardStore((refusal) => refusals.push(refusal));
  store.subscribe(() => {
    renderings += 1;
  });
});

afterEach(() => {
  store.stop();
  vi.useRealTimers();
});

describe('the closed seconds', () => {
  test('are those of the snapshot, and what frames bring after it', () => {
    expect(store.lastSecond()).toBeNull();
    expect(store.takeSnapshot(snapshot(closedSeconds(noon - 900, 900)))).toBe(true);
    expect(store.lastSecond()).toBe(noon - 1);
    expect(store.takeFrame(frame({ seconds: closedSeconds(noon, 2) }))).toBe(true);
    expect(numbers()).toEqual(run(noon - 898, 900));
  });

  test('go on after a snapshot that resumes, wherever it comes from, each once', () => {
    store.takeSnapshot(snapshot(closedSeconds(noon, 100, { succeeded: 1 })));
    const since = closedSeconds(noon + 95, 65, { succeeded: 1 });
    expect(store.takeSnapshot(snapshot(since, { resumed: true, gatewayId: 'gateway-2' }))).toBe(true);
    expect(numbers()).toEqual(run(noon, 160));
    expect(view().about?.gatewayId).toBe('gateway-2');
  });

  test('stay when the gateway that resumes is behind: it has nothing new yet', () => {
    store.takeSnapshot(snapshot(closedSeconds(noon, 10)));
    expect(store.takeSnapshot(snapshot([], { resumed: true }))).toBe(true);
    expect(store.takeFrame(frame({ seconds: closedSeconds(noon + 8, 4) }))).toBe(true);
    expect(numbers()).toEqual(run(noon, 12));
  });

  test('begin anew with a snapshot that does not resume, be it older', () => {
    store.takeSnapshot(snapshot(closedSeconds(noon, 10)));
    expect(store.takeSnapshot(snapshot(closedSeconds(noon - 500, 10)))).toBe(true);
    expect(numbers()).toEqual(run(noon - 500, 10));
  });
});

describe('a hole', () => {
  test('is refused, and everything is asked for anew', () => {
    store.takeSnapshot(snapshot(closedSeconds(noon, 10)));
    expect(store.takeFrame(frame({ seconds: [closedSecond(noon + 11)] }))).toBe(false);
    expect(store.lastSecond()).toBeNull();
    expect(store.takeSnapshot(snapshot(closedSeconds(noon, 20)))).toBe(true);
    expect(store.lastSecond()).toBe(noon + 19);
    expect(numbers()).toEqual(run(noon, 20));
  });

  test('is refused in a snapshot as well, one that resumes too late or one that is torn', () => {
    store.takeSnapshot(snapshot(closedSeconds(noon, 10)));
    expect(store.takeSnapshot(snapshot(closedSeconds(noon + 11, 5), { resumed: true }))).toBe(false);
    expect(store.lastSecond()).toBeNull();
    expect(store.takeSnapshot(snapshot([closedSecond(noon), closedSecond(noon + 2)]))).toBe(false);
    expect(store.lastSecond()).toBeNull();
  });

  test('takes no figure off the screen: the board does not turn quiet, it shows what it had', () => {
    store.takeSnapshot(snapshot(closedSeconds(noon - 60, 60, { succeeded: 40 })));
    store.takeFrame(frame());
    expect(view().verdict.rule).toBe('MOVING');
    store.takeFrame(frame({ seconds: [closedSecond(noon + 9, { failed: 1_000 })] }));
    expect(view()).toMatchObject({ verdict: { rule: 'MOVING' }, figures: { perSecond: 40 } });
    expect(numbers()).toEqual(run(noon - 60, 60));
  });

  test('leaves nothing of the frame that brought it', () => {
    store.takeSnapshot(snapshot(closedSeconds(noon, 10)));
    store.takeFrame(frame({ gatewayId: 'good' }));
    const bad = frame({ gatewayId: 'bad', payments: [payment('p')], seconds: [closedSecond(noon + 11)] });
    store.takeFrame(bad);
    expect(view().frame?.gatewayId).toBe('good');
    expect(view().payments).toEqual([]);
  });

  test('whatever gateways send: no hole, no repeat, never more than 900, and all sums right', () => {
    const random = seededRandom();
    const ledger = Array.from({ length: 4_000 }, (_, i) => closedSecond(noon + i, { succeeded: random.below(1_000) }));
    let closed = 900;
    for (let step = 0; step < 600; step += 1) {
      closed = Math.min(ledger.length, closed + random.below(6));
      const since = store.lastSecond();
      const at = since === null ? 0 : since + 1 - noon;
      if (since === null || random.chance(0.05)) {
        const resumed = since !== null && at > closed - 900;
        const history = resumed ? ledger.slice(at, closed) : ledger.slice(closed - 900, closed);
        expect(store.takeSnapshot(snapshot(history, { resumed }))).toBe(true);
      } else {
        // A bad gateway leaves one out, or says again what it said.
        const lost = random.chance(0.1) ? 1 : -random.below(4);
        const told = ledger.slice(Math.max(0, at + lost), Math.max(0, closed));
        expect(store.takeFrame(frame({ seconds: told }))).toBe(lost !== 1 || told.length === 0);
      }
      if (step % 20 > 0) continue;
      const held = view().seconds;
      expect(held.length).toBe(900);
      expect(held).toEqual(ledger.slice((held[0] as ClosedSecond).second - noon).slice(0, 900));
    }
  });
});

describe('what cannot be read', () => {
  test('is a fault, and what is held stays', () => {
    store.takeSnapshot(snapshot(closedSeconds(noon, 10)));
    const torn = snapshot([], { resumed: true, history: new TextEncoder().encode('[{') });
    expect(() => store.takeSnapshot(torn)).toThrow(SyntaxError);
    expect(store.lastSecond()).toBe(noon + 9);
  });
});

describe('the view', () => {
  test('is drawn soon after a frame, but not with every one', () => {
    const frameEveryMs = renderEveryMsMin / 4;
    for (let told = 0; told < 400; told += 1) {
      store.takeFrame(frame());
      vi.advanceTimersByTime(frameEveryMs);
    }
    expect(renderings).toBeGreaterThanOrEqual(99);
    expect(renderings).toBeLessThanOrEqual(101);
  });

  test('is drawn every second without frames: ages grow', () => {
    store.takeFrame(frame({ sources: { ledgerMs: 100, engineMs: 200 } }));
    vi.advanceTimersByTime(10_000);
    expect(renderings).toBeGreaterThanOrEqual(10);
    const { frameAgeMs, ledgerMs, engineMs } = store.view();
    expect(frameAgeMs).toBeGreaterThanOrEqual(9_000);
    expect([ledgerMs, engineMs]).toEqual([(frameAgeMs ?? 0) + 100, (frameAgeMs ?? 0) + 200]);
  });

  test('is not drawn any more when it was stopped', () => {
    store.stop();
    vi.advanceTimersByTime(10_000);
    expect(renderings).toBe(0);
  });

  test('keeps the seconds of a frame in the list only', () => {
    store.takeFrame(frame({ seconds: closedSeconds(noon, 3) }));
    expect(view().frame?.seconds).toEqual([]);
    expect(view().seconds.length).toBe(3);
  });

  test("knows how far the platform's clock is from this one", () => {
    store.takeFrame(frame({ madeAtMs: noon * 1_000 - 4_200 }));
    expect(view().clockOffsetMs).toBe(-4_200);
  });

  test('says why the last connection ended, until frames come again', () => {
    store.lostGateway('http://a.test', 'transport close');
    expect(view().trouble).toEqual({ url: 'http://a.test', reason: 'transport close' });
    store.takeFrame(frame());
    expect(view().trouble).toBeNull();
  });

  test('shows the last six payments, newest first, each once', () => {
    store.takeFrame(frame({ payments: ['c', 'b', 'a'].map((id) => payment(id)) }));
    store.takeFrame(frame({ payments: ['e', 'd', 'c'].map((id) => payment(id, { latencyMs: 9 })) }));
    expect(view().payments.map(({ transactionId }) => transactionId)).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect(view().payments[2]?.latencyMs).toBe(9);
    store.takeFrame(frame({ payments: ['g', 'f'].map((id) => payment(id)) }));
    expect(view().payments.map(({ transactionId }) => transactionId)).toEqual(['g', 'f', 'e', 'd', 'c', 'b']);
  });
});

describe('the verdict', () => {
  beforeEach(() => {
    store.takeSnapshot(snapshot(closedSeconds(noon - 60, 60, { succeeded: 10 })));
  });

  test('goes from connecting to moving with the first frame', () => {
    expect(store.view().verdict.rule).toBe('CONNECTING');
    store.takeFrame(frame());
    expect(view().verdict.rule).toBe('MOVING');
  });

  test('says after three seconds that nothing comes, keeps the figures, and recovers by itself', () => {
    store.takeFrame(frame());
    vi.advanceTimersByTime(4_500);
    expect(store.view()).toMatchObject({ verdict: { rule: 'NOT_CONNECTED' }, figures: { perSecond: 10 } });
    store.takeFrame(frame());
    expect(view().verdict.rule).toBe('MOVING');
  });

  test('turns when failures come, and back three seconds after they left the minute', () => {
    const failing = closedSecond(noon, { failed: 600, failuresByCode: { INSUFFICIENT_FUNDS: 600 } });
    store.takeFrame(frame({ seconds: [failing] }));
    expect(view().verdict).toMatchObject({ rule: 'FAILING', severity: 'critical' });
    store.takeFrame(frame({ seconds: closedSeconds(noon + 1, 60, { succeeded: 10 }) }));
    expect(view().findings[0]?.rule).toBe('MOVING');
    expect(store.view().verdict.rule).toBe('FAILING');
    for (let second = 0; second < 4; second += 1) {
      vi.advanceTimersByTime(1_000);
      store.takeFrame(frame());
    }
    expect(view().verdict.rule).toBe('MOVING');
  });

  test('counts how long partitions are without an owner, from the first frame that says so', () => {
    const torn = frame({
      partitions: [
        [1, 'w'],
        [2, null],
      ],
    });
    const tellFor750Ms = () => {
      for (let told = 0; told < 3; told += 1) {
        store.takeFrame(torn);
        vi.advanceTimersByTime(250);
      }
      store.takeFrame(torn);
    };
    tellFor750Ms();
    expect(view().verdict.rule).toBe('MOVING');
    tellFor750Ms();
    expect(view()).toMatchObject({ verdict: { rule: 'OWNERLESS' }, figures: { ownerless: 1 } });
    store.takeFrame(frame({ partitions: [[1, 'w']] }));
    store.takeFrame(torn);
    expect(view().findings[0]?.rule).toBe('MOVING');
  });

  test('is announced once while its figures tick, and again when it gets worse', () => {
    const waiting = (oldestWaitingMs: number) => frame({ workers: [engine('one', { oldestWaitingMs })] });
    store.takeFrame(waiting(2_000));
    const { announced } = view();
    store.takeFrame(waiting(3_000));
    expect(view().verdict.sentence).not.toBe(announced);
    expect(store.view().announced).toBe(announced);
    store.takeFrame(waiting(6_000));
    expect(view().announced).toBe(store.view().verdict.sentence);
  });

  test('and the tiles break by the same findings', () => {
    store.takeFrame(frame({ gateways: [gateway('one', { notAccepted: { OVERLOADED: 1 }, oldestOpenMs: 6_000 })] }));
    expect(breachOf(view(), 'NOT_ACCEPTED')).toBe('warning');
    expect(breachOf(view(), 'WAITING')).toBe('critical');
    expect(breachOf(view(), 'SLOW', 'FAILING')).toBeNull();
  });
});

describe('a new commit', () => {
  test('is taken once, by its oldest time, for the stamp', () => {
    const committed = (oldestNewAtMs: number | null) => frame({ open: { ...figures(), from: noon, oldestNewAtMs } });
    expect(store.takeNewCommit()).toBeNull();
    store.takeFrame(committed(5_000));
    store.takeFrame(committed(4_000));
    store.takeFrame(committed(null));
    expect(store.takeNewCommit()).toBe(4_000);
    expect(store.takeNewCommit()).toBeNull();
  });
});

test('a refusal is passed on', () => {
  store.refused({ code: 'TOKEN_ENDED', detail: 'over' });
  expect(refusals).toEqual([{ code: 'TOKEN_ENDED', detail: 'over' }]);
});

/** After the next rendering, whenever it is due: no other timer runs. */
function view() {
  vi.advanceTimersToNextTimer();
  return store.view();
}

function numbers(): number[] {
  return view().seconds.map(({ second }) => second);
}

function run(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
