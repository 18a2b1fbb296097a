import { caseTexts } from '../cases.js';
import { type Part, parts } from '../cpu-by-part.js';
import { explained } from '../report.js';
import type { Spread } from '../spread.js';
import { targetLines, targetsJson } from '../targets.js';
import type { AgainstResult } from './against.js';
import { againstTargets } from './against-targets.js';
import { type Build, buildText, type Side } from './build.js';
import { type CaseRatio, caseRatios } from './pair-ratios.js';

/** A change may cost no case more than this. */
const ratioMin = 0.97;

export function againstReport(machine: string, builds: Record<Side, Build>, result: AgainstResult): string {
  const ratios = caseRatios(result.pairs);
  const rows = ratios.map((ratio) => [
    ratio.case,
    ratio.workload,
    String(ratio.connections),
    String(ratio.pairs),
    ...spreadTexts(ratio.paymentsPerSecond),
    ...spreadTexts(ratio.cpuPerPayment),
    `${ratio.p50Ms.this.toFixed(1)} / ${ratio.p50Ms.other.toFixed(1)}`,
    `${ratio.p99Ms.this.toFixed(1)} / ${ratio.p99Ms.other.toFixed(1)}`,
    ratio.paymentsPerSecond.median < ratioMin ? `  below ${ratioMin}` : '',
  ]);
  const head = [
    'case',
    'workload',
    'connections',
    'pairs',
    'payments/s',
    'min – max',
    'CPU',
    'min – max',
    'p50 ms',
    'p99 ms',
  ];
  const measured = Object.fromEntries(ratios.map((ratio) => [ratio.case, caseTexts[ratio.case]]));
  return [
    machine,
    `this   ${buildText(builds.this)}`,
    `other  ${buildText(builds.other)}`,
    '',
    ...[head, ...rows].map(line),
    '',
    explained(measured),
    "  payments/s this / other: the median of the pairs' ratios; above 1 this build is faster",
    '  CPU        this / other, of all processes but the load generator, a payment; below 1 this build needs less',
    '  p50, p99   this / other, in milliseconds',
    ...cpuLines(ratios),
    ...blankBefore(targetLines(againstTargets(ratios))),
    '',
    `The books of both, each by its own audit: ${result.booksBalance ? 'balance' : 'DO NOT BALANCE'}.`,
    'Only the ratios mean anything: how fast either was depends on the machine and on what else runs on it.',
  ].join('\n');
}

export function againstJson(machine: string, builds: Record<Side, Build>, result: AgainstResult): object {
  const { this: own, other } = builds;
  const ratios: CaseRatio[] = caseRatios(result.pairs);
  const targets = targetsJson(againstTargets(ratios));
  const { pairs, booksBalance } = result;
  return { machine, builds: { this: own, other }, ratios, targets, pairs, booksBalance };
}

/** Microseconds a payment by process, this / other. */
function cpuLines(ratios: readonly CaseRatio[]): string[] {
  const known = ratios.filter(({ cpuMicrosByPart: cpu }) => cpu.this !== null && cpu.other !== null);
  const seen = parts.filter((part) => known.some(({ cpuMicrosByPart: cpu }) => cpu.this?.[part] !== undefined));
  if (known.length === 0) return [];
  const cell = ({ cpuMicrosByPart: cpu }: CaseRatio, part: Part) => `${cpu.this?.[part]} / ${cpu.other?.[part]}`;
  return [
    '',
    `${'CPU µs a payment'.padEnd(21)}${'connections'.padStart(12)}${seen.map((part) => part.padStart(14)).join('')}`,
    ...known.map((ratio) => {
      const cells = seen.map((part) => cell(ratio, part).padStart(14));
      return `${ratio.case.padEnd(11)}${ratio.workload.padEnd(10)}${String(ratio.connections).padStart(12)}${cells.join('')}`;
    }),
  ];
}

function blankBefore(lines: string[]): string[] {
  return lines.length > 0 ? ['', ...lines] : [];
}

function spreadTexts(spread: Spread | null): string[] {
  if (spread === null) return ['–', ''];
  return [spread.median.toFixed(2), `${spread.min.toFixed(2)} – ${spread.max.toFixed(2)}`];
}

const widths = [11, 10, -12, -7, -12, -14, -7, -14, -17, -17];

function line(columns: string[]): string {
  return columns
    .map((text, i) => {
      const width = widths[i] ?? 0;
      return width > 0 ? text.padEnd(width) : text.padStart(-width);
    })
    .join('')
    .trimEnd();
}
