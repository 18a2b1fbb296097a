import {
  type ClosedSecond,
  type LiveFrame,
  type LiveGateway,
  type LiveTargets,
  liveSilentAfterMs,
  type SourceAges,
} from '@smart-wallet/engine/contract/live.js';
import { type Percentile, percentile, slowerThan } from '../../../figures/percentile.js';
import { addCounts, addMoney, type FigureSum, sumFigures } from '../../../figures/sum.js';
import { lastBusySecond, lastMinute, paymentsPerSecond } from '../../../figures/window.js';

/** The figures that tiles and verdict share, from one frame and the closed seconds. */
export interface BoardFigures {
  perSecond: number | null;
  lastMinute: FigureSum;
  p50: Percentile | null;
  p95: Percentile | null;
  p99: Percentile | null;
  /** Of the last minute, certainly over the SLA. */
  slow: number;
  /** In the last minute, by code, of all gateways. */
  notAccepted: ReadonlyMap<string, number>;
  oldestWaitingMs: number | null;
  ownerless: number;
  fencedCalls: number;
  /** By currency, those with most payments first. */
  movedToday: ReadonlyMap<string, bigint> | null;
  lastCommitAgoMs: number | null;
}

/** Before the first frame. */
export const noFigures: BoardFigures = {
  perSecond: null,
  lastMinute: sumFigures([]),
  p50: null,
  p95: null,
  p99: null,
  slow: 0,
  notAccepted: new Map(),
  oldestWaitingMs: null,
  ownerless: 0,
  fencedCalls: 0,
  movedToday: null,
  lastCommitAgoMs: null,
};

/** A gateway counts a minute back: what it said before that is over. */
const notAcceptedForMs = 60_000;

export function boardFigures(seconds: readonly ClosedSecond[], frame: LiveFrame, targets: LiveTargets): BoardFigures {
  const minute = lastMinute(seconds);
  return {
    perSecond: paymentsPerSecond(seconds),
    lastMinute: minute,
    p50: percentile(minute.latency, 0.5),
    p95: percentile(minute.latency, 0.95),
    p99: percentile(minute.latency, 0.99),
    slow: slowerThan(minute.latency, targets.latencyP99Ms),
    notAccepted: notAcceptedByCode(frame.gateways),
    oldestWaitingMs: oldestWaiting(frame),
    ownerless: frame.partitions.filter(([, owner]) => owner === null).length,
    fencedCalls: frame.workers.reduce((sum, engine) => sum + engine.fencedCalls, 0),
    movedToday: movedToday(frame),
    lastCommitAgoMs: lastCommitAgo(seconds, frame),
  };
}

/** The sources' ages now, `frameAgeMs` after the frame told them. */
export function agedSources({ ledgerMs, engineMs }: SourceAges, frameAgeMs: number): SourceAges {
  return {
    ledgerMs: ledgerMs === null ? null : ledgerMs + frameAgeMs,
    engineMs: engineMs === null ? null : engineMs + frameAgeMs,
  };
}

function notAcceptedByCode(gateways: readonly LiveGateway[]): Map<string, number> {
  const byCode = new Map<string, number>();
  for (const gateway of gateways) {
    if (gateway.heardMsAgo < notAcceptedForMs) addCounts(byCode, gateway.notAccepted);
  }
  return byCode;
}

/** Of those who still speak: the last words of a dead one would stand for ever. */
function oldestWaiting({ workers: engines, gateways }: LiveFrame): number | null {
  const ages = [
    ...engines.filter((engine) => engine.heardMsAgo <= liveSilentAfterMs).map((engine) => engine.oldestWaitingMs),
    ...gateways.filter((gateway) => gateway.heardMsAgo <= liveSilentAfterMs).map((gateway) => gateway.oldestOpenMs),
  ].filter((age) => age !== null);
  return ages.length === 0 ? null : Math.max(...ages);
}

/** Through the last closed second, and what was committed since. After midnight the sum of the day before is not today's. */
function movedToday({ movedToday, open, madeAtMs }: LiveFrame): Map<string, bigint> | null {
  if (!movedToday) return null;
  const sums = new Map<string, bigint>();
  const openDate = new Date(open.batches > 0 ? open.from * 1_000 : madeAtMs).toISOString().slice(0, 10);
  const isToday = movedToday.date >= openDate;
  if (isToday) addMoney(sums, movedToday.sumByCurrency);
  addMoney(sums, open.sumByCurrency);
  const counts = new Map<string, number>();
  if (isToday) addCounts(counts, movedToday.countByCurrency ?? {});
  addCounts(counts, open.countByCurrency ?? {});
  return mostPaymentsFirst(sums, counts);
}

/** Equal counts, and those that an older gateway does not tell, by name: so rows keep their places. */
function mostPaymentsFirst(sums: ReadonlyMap<string, bigint>, counts: ReadonlyMap<string, number>) {
  const count = (currency: string) => counts.get(currency) ?? 0;
  return new Map([...sums].sort(([a], [b]) => count(b) - count(a) || (a < b ? -1 : 1)));
}

function lastCommitAgo(seconds: readonly ClosedSecond[], { open, madeAtMs }: LiveFrame): number | null {
  if (open.succeeded + open.failed > 0) return 0;
  const second = lastBusySecond(seconds);
  return second === null ? null : Math.max(0, madeAtMs - (second + 1) * 1_000);
}
