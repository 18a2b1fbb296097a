import { describe, expect, test } from 'vitest';
import type { Severity } from '../../../ui/severity.js';
import { type Settled, settle } from './settle.js';
import type { Finding } from './verdict.js';

describe('the verdict settles', () => {
  test('what is found first shows at once', () => {
    expect(shown([0, 'good'])).toBe('good');
    expect(shown([0, 'warning'])).toBe('warning');
  });

  test('worse shows at once', () => {
    expect(shown([0, 'good'], [1, 'warning'])).toBe('warning');
    expect(shown([0, 'warning'], [1, 'critical'])).toBe('critical');
  });

  test('milder shows when the worse has been gone for three seconds', () => {
    expect(shown([0, 'critical'], [2_999, 'good'])).toBe('critical');
    expect(shown([0, 'critical'], [3_000, 'good'])).toBe('good');
    expect(shown([0, 'critical'], [2_999, 'warning'])).toBe('critical');
    expect(shown([0, 'critical'], [3_000, 'warning'])).toBe('warning');
  });

  test('the three seconds run from the last time it was found', () => {
    expect(shown([0, 'warning'], [2_000, 'good'], [2_500, 'warning'], [5_499, 'good'])).toBe('warning');
    expect(shown([0, 'warning'], [2_000, 'good'], [2_500, 'warning'], [5_500, 'good'])).toBe('good');
  });

  test('losing sight of everything shows at once, and regaining it too', () => {
    expect(shown([0, 'critical'], [1, 'unknown'])).toBe('unknown');
    expect(shown([0, 'unknown'], [1, 'good'])).toBe('good');
    expect(shown([0, 'unknown'], [1, 'critical'])).toBe('critical');
  });

  test('as bad as before shows its new words', () => {
    const before = settle(null, finding('critical', 'one'), 0);
    expect(settle(before, finding('critical', 'two'), 1).shown.sentence).toBe('two');
  });

  test('a sentence that is only held back does not change', () => {
    const before = settle(null, finding('critical', 'one'), 0);
    const held = settle(before, finding('warning', 'two'), 1_000);
    expect(held.shown.sentence).toBe('one');
  });
});

function shown(...found: [atMs: number, Severity][]): Severity | undefined {
  let settled: Settled | null = null;
  for (const [atMs, severity] of found) settled = settle(settled, finding(severity), atMs);
  return settled?.shown.severity;
}

function finding(severity: Severity, sentence = 'words'): Finding {
  return { rule: 'MOVING', severity, sentence };
}
