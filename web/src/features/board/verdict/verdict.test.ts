import { describe, expect, test } from 'vitest';
import { sumFigures } from '../../../figures/sum.js';
import { figures, noon } from '../../../testing/live-data.js';
import { seededRandom } from '../../../testing/seeded-random.js';
import { findings, type VerdictInput } from './verdict.js';

describe('healthy', () => {
  test('money is moving', () => {
    expect(verdict()).toEqual({ rule: 'MOVING', severity: 'good', sentence: 'Money is moving' });
  });

  test('a quiet night is nothing wrong, and says how long', () => {
    expect(verdict({ lastCommitAgoMs: 29_999 }).rule).toBe('MOVING');
    expect(verdict({ lastCommitAgoMs: 30_000 })).toEqual({
      rule: 'QUIET',
      severity: 'good',
      sentence: 'Quiet: no payment for 30 s',
    });
    expect(verdict({ lastCommitAgoMs: null }).sentence).toBe('Quiet: no payment in the last 15 minutes');
  });
});

describe('the connection', () => {
  const never = { frameAgeMs: null, frameMadeAtMs: null };

  test('has three seconds to bring the first frame', () => {
    expect(verdict({ ...never, tryingForMs: 2_999 })).toMatchObject({ rule: 'CONNECTING', severity: 'unknown' });
    expect(verdict({ ...never, tryingForMs: 3_000 })).toEqual({
      rule: 'NOT_CONNECTED',
      severity: 'unknown',
      sentence: 'Not connected for 3 s',
    });
  });

  test('is lost when no frame came for three seconds; it says of when the figures are', () => {
    expect(verdict({ frameAgeMs: 2_999 }).rule).toBe('MOVING');
    expect(verdict({ frameAgeMs: 3_000 })).toEqual({
      rule: 'NOT_CONNECTED',
      severity: 'unknown',
      sentence: 'Not connected for 3 s. Figures are from 12:00:00 UTC',
    });
  });

  test('without a frame, no source is judged', () => {
    expect(rules({ ...never, tryingForMs: 3_000, sources: { ledgerMs: null, engineMs: null } })).toEqual([
      'NOT_CONNECTED',
    ]);
  });
});

describe('the sources', () => {
  test('a ledger silent for five seconds is no data', () => {
    expect(verdict({ sources: { ledgerMs: 4_999, engineMs: 0 } }).rule).toBe('MOVING');
    expect(verdict({ sources: { ledgerMs: 5_000, engineMs: 0 } })).toEqual({
      rule: 'NO_DATA',
      severity: 'unknown',
      sentence: 'No data for 5 s',
    });
    expect(verdict({ sources: { ledgerMs: null, engineMs: 0 } }).sentence).toBe('No data from the ledger yet');
  });

  test('an engine silent for three seconds is critical', () => {
    expect(verdict({ sources: { ledgerMs: 0, engineMs: 2_999 } }).rule).toBe('MOVING');
    expect(verdict({ sources: { ledgerMs: 0, engineMs: 3_000 } })).toEqual({
      rule: 'ENGINE_SILENT',
      severity: 'critical',
      sentence: 'No word from any engine for 3 s: payments wait',
    });
    expect(verdict({ sources: { ledgerMs: 0, engineMs: null } }).sentence).toBe(
      'No word from any engine yet: payments wait',
    );
  });
});

describe('partitions without an owner', () => {
  test('are critical after a second: a planned handover takes less', () => {
    expect(verdict({ ownerless: { count: 32, forMs: 999 } }).rule).toBe('MOVING');
    expect(verdict({ ownerless: { count: 32, forMs: 1_000 } })).toEqual({
      rule: 'OWNERLESS',
      severity: 'critical',
      sentence: '32 partitions without an owner: their payments wait',
    });
  });

  test('one is one', () => {
    expect(verdict({ ownerless: { count: 1, forMs: 5_000 } }).sentence).toBe(
      '1 partition without an owner: its payments wait',
    );
    expect(verdict({ ownerless: { count: 0, forMs: 5_000 } }).rule).toBe('MOVING');
  });
});

describe('breaks of the ledger', () => {
  test('are critical however well money moves, until somebody has explained them', () => {
    expect(verdict({ breaks: 0 }).rule).toBe('MOVING');
    expect(verdict({ breaks: 1 })).toEqual({
      rule: 'LEDGER_BROKEN',
      severity: 'critical',
      sentence: 'The ledger does not add up: 1 break, unexplained',
    });
    expect(verdict({ breaks: 2, p99: { ms: 900, atLeast: false }, slow: 50 }).rule).toBe('LEDGER_BROKEN');
    expect(verdict({ breaks: 1_000 }).sentence).toBe('The ledger does not add up: 1000 or more breaks, unexplained');
  });

  test('are told after payments that wait', () => {
    expect(rules({ breaks: 1, ownerless: { count: 1, forMs: 5_000 } })).toEqual(['OWNERLESS', 'LEDGER_BROKEN']);
  });
});

describe('failures', () => {
  test('below the target are a warning that names the most frequent code', () => {
    const failed = minute(994, 6, { WALLET_NOT_ACTIVE: 2, INSUFFICIENT_FUNDS: 4 });
    expect(verdict({ lastMinute: failed })).toEqual({
      rule: 'FAILING',
      severity: 'warning',
      sentence: 'Payments failing: 0.6 % (target < 0.5), INSUFFICIENT_FUNDS',
    });
  });

  test('of many codes name none that is not by far the most frequent', () => {
    const sentence = (codes: Record<string, number>) => verdict({ lastMinute: minute(994, 6, codes) }).sentence;
    const many = { INSUFFICIENT_FUNDS: 2, WALLET_NOT_ACTIVE: 2, WALLET_NOT_FOUND: 1, HOLD_EXPIRED: 1 };
    expect(sentence(many)).toBe('Payments failing: 0.6 % (target < 0.5), 4 different codes');
    expect(sentence({ INSUFFICIENT_FUNDS: 3, WALLET_NOT_ACTIVE: 3 })).toMatch(/, 2 different codes$/);
    expect(sentence({ INSUFFICIENT_FUNDS: 2, WALLET_NOT_ACTIVE: 4 })).toMatch(/, WALLET_NOT_ACTIVE$/);
    expect(sentence({ ...many, INSUFFICIENT_FUNDS: 4 })).toMatch(/, INSUFFICIENT_FUNDS$/);
  });

  test('exactly at the target hold it', () => {
    expect(verdict({ lastMinute: minute(995, 5) }).rule).toBe('MOVING');
    expect(verdict({ lastMinute: minute(994, 5) }).rule).toBe('FAILING');
  });

  test('exactly at any target of two decimals hold it', () => {
    for (let hundredths = 9_000; hundredths <= 9_990; hundredths += 1) {
      const targets = { successPercent: hundredths / 100, latencyP99Ms: 200 };
      const at = minute(hundredths, 10_000 - hundredths);
      const under = minute(hundredths - 1, 10_001 - hundredths);
      expect(rules({ targets, lastMinute: at }), `${targets.successPercent} %`).not.toContain('FAILING');
      expect(rules({ targets, lastMinute: under }), `${targets.successPercent} %`).toContain('FAILING');
    }
  });

  test('fewer than five in a minute say nothing about a rate', () => {
    expect(verdict({ lastMinute: minute(0, 4) }).rule).toBe('MOVING');
    expect(verdict({ lastMinute: minute(0, 5) }).rule).toBe('FAILING');
  });

  test('are critical from five per cent on', () => {
    expect(verdict({ lastMinute: minute(951, 49) }).severity).toBe('warning');
    expect(verdict({ lastMinute: minute(950, 50) }).severity).toBe('critical');
  });

  test('follow the target that is configured', () => {
    const targets = { successPercent: 90, latencyP99Ms: 200 };
    expect(verdict({ targets, lastMinute: minute(900, 100) }).rule).toBe('MOVING');
    expect(verdict({ targets, lastMinute: minute(899, 101) }).sentence).toContain('10.1 % (target < 10)');
  });
});

describe('payments not accepted', () => {
  const one = new Map([['OVERLOADED', 1]]);

  test('are a warning from the first one on', () => {
    expect(verdict({ notAccepted: one })).toEqual({
      rule: 'NOT_ACCEPTED',
      severity: 'warning',
      sentence: '1 payment not accepted in the last minute: OVERLOADED',
    });
    expect(verdict({ notAccepted: new Map([['OVERLOADED', 0]]) }).rule).toBe('MOVING');
  });

  test('are critical from five per cent of all that was asked', () => {
    const five = new Map([
      ['OUTCOME_UNKNOWN', 2],
      ['PARTITION_UNAVAILABLE', 3],
    ]);
    expect(verdict({ notAccepted: five, lastMinute: minute(96, 0) }).severity).toBe('warning');
    expect(verdict({ notAccepted: five, lastMinute: minute(95, 0) })).toMatchObject({
      severity: 'critical',
      sentence: '5 payments not accepted in the last minute: PARTITION_UNAVAILABLE',
    });
  });
});

describe('latency', () => {
  test('over the SLA is a warning', () => {
    expect(verdict({ p99: { ms: 200, atLeast: false }, slow: 5 }).rule).toBe('MOVING');
    expect(verdict({ p99: { ms: 200.5, atLeast: false }, slow: 5 })).toEqual({
      rule: 'SLOW',
      severity: 'warning',
      sentence: 'Payments are slow: p99 201 ms (SLA 200 ms)',
    });
  });

  test('of fewer than five slow payments in a minute says nothing', () => {
    expect(verdict({ p99: { ms: 4_000, atLeast: false }, slow: 4 }).rule).toBe('MOVING');
    expect(verdict({ p99: null, slow: 9 }).rule).toBe('MOVING');
  });

  test('beyond the histogram says over', () => {
    expect(verdict({ p99: { ms: 5_000, atLeast: true }, slow: 5 }).sentence).toContain('p99 over 5.0 s');
  });
});

test('a payment that waits is a warning after two seconds, critical after five', () => {
  expect(verdict({ oldestWaitingMs: 1_999 }).rule).toBe('MOVING');
  expect(verdict({ oldestWaitingMs: 2_000 })).toEqual({
    rule: 'WAITING',
    severity: 'warning',
    sentence: 'A payment has been waiting for 2.0 s',
  });
  expect(verdict({ oldestWaitingMs: 4_999 }).severity).toBe('warning');
  expect(verdict({ oldestWaitingMs: 5_000 }).severity).toBe('critical');
});

describe('of several things', () => {
  const all: Partial<VerdictInput> = {
    frameAgeMs: 3_000,
    sources: { ledgerMs: 5_000, engineMs: 3_000 },
    ownerless: { count: 1, forMs: 1_000 },
    lastMinute: minute(0, 100),
    notAccepted: new Map([['OVERLOADED', 100]]),
    p99: { ms: 300, atLeast: false },
    slow: 100,
    oldestWaitingMs: 5_000,
    lastCommitAgoMs: 30_000,
  };

  test('what must be known first stands first: sight, then what is critical, then warnings, then the rest', () => {
    expect(rules(all)).toEqual([
      'NOT_CONNECTED',
      'NO_DATA',
      'ENGINE_SILENT',
      'OWNERLESS',
      'FAILING',
      'NOT_ACCEPTED',
      'WAITING',
      'SLOW',
      'QUIET',
    ]);
  });

  test('something critical comes before a warning of an earlier rule', () => {
    const warning = { lastMinute: minute(980, 20) };
    expect(rules({ ...warning, oldestWaitingMs: 5_000 })).toEqual(['WAITING', 'FAILING']);
    expect(rules({ ...warning, oldestWaitingMs: 2_000 })).toEqual(['FAILING', 'WAITING']);
  });

  test('there is always a verdict, in order of severity, each rule once, whatever the input', () => {
    const random = seededRandom();
    const order = ['unknown', 'critical', 'warning', 'good'];
    const age = () => (random.chance(0.2) ? null : random.below(8_000));
    for (let round = 0; round < 500; round += 1) {
      const found = findings(
        input({
          frameAgeMs: age(),
          sources: { ledgerMs: age(), engineMs: age() },
          tryingForMs: random.below(6_000),
          ownerless: { count: random.below(3), forMs: random.below(2_000) },
          breaks: random.below(2),
          lastMinute: minute(random.below(200), random.below(12)),
          notAccepted: new Map([['OVERLOADED', random.below(4)]]),
          p99: random.chance(0.2) ? null : { ms: random.below(400), atLeast: random.chance(0.1) },
          slow: random.below(10),
          oldestWaitingMs: age(),
          lastCommitAgoMs: random.chance(0.1) ? null : random.below(60_000),
        }),
      );
      const ranks = found.map(({ severity }) => order.indexOf(severity));
      expect(ranks).toEqual(ranks.toSorted());
      expect(new Set(found.map(({ rule }) => rule)).size).toBe(found.length);
      expect(found[0].sentence).not.toMatch(/NaN|undefined|null|Infinity/);
    }
  });
});

function verdict(about: Partial<VerdictInput> = {}) {
  return findings(input(about))[0];
}

function rules(about: Partial<VerdictInput>): string[] {
  return findings(input(about)).map(({ rule }) => rule);
}

/** Nothing wrong. */
function input(about: Partial<VerdictInput>): VerdictInput {
  return {
    frameAgeMs: 0,
    frameMadeAtMs: noon * 1_000,
    tryingForMs: 60_000,
    sources: { ledgerMs: 0, engineMs: 0 },
    targets: { successPercent: 99.5, latencyP99Ms: 200 },
    ownerless: { count: 0, forMs: 0 },
    breaks: 0,
    lastMinute: minute(10_000, 0),
    p99: { ms: 20, atLeast: false },
    slow: 0,
    notAccepted: new Map(),
    oldestWaitingMs: null,
    lastCommitAgoMs: 0,
    ...about,
  };
}

function minute(succeeded: number, failed: number, failuresByCode = { INSUFFICIENT_FUNDS: failed } as object) {
  return sumFigures([figures({ succeeded, failed, failuresByCode })]);
}
