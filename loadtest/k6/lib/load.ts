import type { Options, Scenario } from 'k6/options';
import { p95Ms } from './settings.ts';

/**
 * The SLA, as k6's options: 95 % of the calls under load within 200 ms, fewer than one of 1,000 fails, each call begins when
 * it is due, none stays without an answer, and what was acknowledged is in the ledger, once. k6 ends with 99 when one is broken.
 *
 * The model is open: calls begin at their time, however slow the answers are. One that cannot begin is a dropped iteration.
 */
export function underLoad(scenario: Scenario, extra: Options['thresholds'] = {}): Options {
  return {
    scenarios: { load: scenario },
    thresholds: {
      'http_req_duration{load:yes}': [`p(95)<${p95Ms}`],
      'http_req_failed{load:yes}': ['rate<0.001'],
      dropped_iterations: ['count==0'],
      checks: ['rate>0.999'],
      payments_unanswered: ['count==0'],
      payments_lost: ['count<=0'],
      payments_doubled: ['count<=0'],
      minor_units_lost: ['count<=0'],
      minor_units_doubled: ['count<=0'],
      minor_units_unbalanced: ['count==0'],
      ...extra,
    },
    summaryTrendStats: ['min', 'med', 'avg', 'p(95)', 'p(99)', 'max'],
    // Of the ledger that is asked at the end.
    teardownTimeout: '120s',
    setupTimeout: '120s',
    batch: 20,
    batchPerHost: 20,
  };
}

/** So many calls each second, with enough virtual users for answers that take a second; more are made where they take longer. */
export function steady(perSecond: number, duration: string): Scenario {
  return {
    executor: 'constant-arrival-rate',
    rate: perSecond,
    timeUnit: '1s',
    duration,
    ...usersFor(perSecond),
  };
}

export function usersFor(perSecond: number): {
  preAllocatedVUs: number;
  maxVUs: number;
  gracefulStop: string;
} {
  // An answer that is on its way at the end is waited for: nothing is left unknown by us.
  return {
    preAllocatedVUs: Math.max(20, Math.ceil(perSecond)),
    maxVUs: Math.max(100, Math.ceil(perSecond * 4)),
    gracefulStop: '90s',
  };
}
