import { outFolder, runId, url } from './settings.ts';

/** Of what k6 gives to `handleSummary`: as much as is used. */
interface Summary {
  readonly metrics: Record<string, Metric | undefined>;
  readonly state: { readonly testRunDurationMs: number };
}
interface Metric {
  readonly values: Record<string, number | undefined>;
  readonly thresholds?: Record<string, { readonly ok: boolean }>;
}
interface Verdict {
  readonly metric: string;
  readonly threshold: string;
  readonly ok: boolean;
  /** What was measured, in words. */
  readonly measured: string;
}

const titles: Record<string, string> = {
  'http_req_duration{load:yes}': 'answered in time',
  'http_req_failed{load:yes}': 'failed calls',
  dropped_iterations: 'calls that could not begin in time',
  checks: 'answers as they should be',
  payments_unanswered: 'nobody knows what became of',
  payments_lost: 'acknowledged, not in the ledger',
  payments_doubled: 'in the ledger, told to nobody',
  minor_units_lost: 'minor units acknowledged, not moved',
  minor_units_doubled: 'minor units moved, told to nobody',
  minor_units_unbalanced: 'minor units that came from nowhere',
};

/** A table for people, and with SLA_OUT a JSON file and a JUnit file for pipelines. */
export function handleSummary(data: Summary): Record<string, string> {
  const verdicts = verdictsOf(data);
  const figures = figuresOf(data);
  const isMet = verdicts.every(({ ok }) => ok);
  const files = outFolder
    ? {
        [`${outFolder}/summary.json`]: `${JSON.stringify({ runId, url, isMet, figures, verdicts }, null, 2)}\n`,
        [`${outFolder}/junit.xml`]: junit(verdicts, data.state.testRunDurationMs / 1000),
      }
    : {};
  return { stdout: table(verdicts, figures, isMet), ...files };
}

function verdictsOf({ metrics }: Summary): Verdict[] {
  return Object.keys(titles).flatMap((metric) => {
    const { thresholds, values } = metrics[metric] ?? { values: {} };
    return Object.entries(thresholds ?? {}).map(([threshold, { ok }]) => {
      const measured = measuredIn(metric, threshold, values);
      return { metric, threshold, ok, measured };
    });
  });
}

function measuredIn(metric: string, threshold: string, values: Metric['values']): string {
  const [statistic = ''] = /^[a-z]+(\([\d.]+\))?/.exec(threshold) ?? [];
  const value = values[statistic] ?? 0;
  if (metric.startsWith('http_req_duration')) return `${value.toFixed(1)} ms`;
  // Counts go down below zero by what stayed unanswered, which is neither lost nor doubled.
  return statistic === 'rate' ? `${(value * 100).toFixed(3)} %` : `${Math.max(0, value)}`;
}

function figuresOf({ metrics, state }: Summary) {
  const value = (metric: string, statistic: string) => metrics[metric]?.values[statistic] ?? 0;
  const ms = (statistic: string) => Number(value('http_req_duration{load:yes}', statistic).toFixed(2));
  return {
    seconds: Math.round(state.testRunDurationMs / 1000),
    calls: value('iterations', 'count'),
    latencyMs: { min: ms('min'), p50: ms('med'), p95: ms('p(95)'), p99: ms('p(99)'), max: ms('max') },
    acknowledged: value('payments_acknowledged', 'count'),
    unanswered: value('payments_unanswered', 'count'),
    inLedger: value('payments_in_ledger', 'value'),
  };
}

type Figures = ReturnType<typeof figuresOf>;

function table(verdicts: readonly Verdict[], figures: Figures, isMet: boolean): string {
  const { latencyMs, acknowledged, unanswered, inLedger } = figures;
  const rows = verdicts.map(({ metric, threshold, ok, measured }) => [
    ok ? '  ✓ ' : '  ✗ ',
    (titles[metric] ?? metric).padEnd(38),
    measured.padStart(12),
    `   wanted ${threshold.replace('count', '')}${metric.startsWith('http_req_duration') ? ' ms' : ''}`,
  ]);
  return [
    '',
    `  ${figures.calls} calls in ${figures.seconds} s`,
    `  latency ms: p50 ${latencyMs.p50}  p95 ${latencyMs.p95}  p99 ${latencyMs.p99}  max ${latencyMs.max}`,
    `  ${acknowledged} movements acknowledged, ${unanswered} unanswered, ${inLedger} in the ledger`,
    '',
    ...rows.map((cells) => cells.join('')),
    '',
    isMet ? '  The SLA is met.' : '  The SLA is broken.',
    '',
    '',
  ].join('\n');
}

function junit(verdicts: readonly Verdict[], seconds: number): string {
  const cases = verdicts.map(({ metric, threshold, ok, measured }) => {
    const name = escaped(`${titles[metric] ?? metric}: ${threshold}`);
    const failure = ok ? '' : `<failure message="${escaped(`${measured}, wanted ${threshold}`)}"/>`;
    return `  <testcase classname="sla" name="${name}">${failure}</testcase>`;
  });
  const failures = verdicts.filter(({ ok }) => !ok).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="sla" tests="${verdicts.length}" failures="${failures}" time="${seconds.toFixed(1)}">`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
