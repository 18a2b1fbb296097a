// @ts-check
import { green, red, terminalLog } from '../../machine/terminal.mjs';
import { failoverDrill } from './failover-drill.mjs';
import { failoverRounds } from './failover-options.mjs';

/** @param {string[]} args @returns {Promise<number>} 0: it passed */
export async function failover(args) {
  const faults = failoverRounds(args);
  const { wrong, rounds, paid, again, ended } = await failoverDrill({ faults, log: terminalLog });
  console.log(`\n${table(rounds)}\n`);
  for (const fault of new Set(faults)) {
    const gaps = rounds.filter((round) => round.fault === fault).map(({ gapSeconds }) => gapSeconds);
    console.log(
      `  ${fault.padEnd(8)} without payments: p50 ${median(gaps).toFixed(1)} s, at most ${Math.max(...gaps).toFixed(1)} s`,
    );
  }
  console.log(`\n  ${paid} payments; ${again} had no lasting answer at once and were asked for again with their keys.`);
  if (ended.length > 0) console.log(`  Programs that ended by themselves, and were started again: ${ended.join('; ')}`);
  console.log();
  const shown = 20;
  for (const what of wrong.slice(0, shown)) console.log(`${red('✗')} ${what}`);
  if (wrong.length > shown) console.log(`${red('✗')} and ${wrong.length - shown} more`);
  if (wrong.length === 0)
    console.log(
      `${green('✓')} No acknowledged payment is lost, none is there twice, the books are right, and no old primary took a write.`,
    );
  return wrong.length === 0 ? 0 : 1;
}

/** @param {readonly import('./failover-drill.mjs').Round[]} rounds */
function table(rounds) {
  const head = [
    'fault',
    'primary',
    'taken over',
    'no payments',
    'answered',
    'asked again',
    'back',
    'how',
    'to the old one',
  ];
  const lines = rounds.map((round) => [
    round.fault,
    `${round.from} → ${round.to}`,
    `${round.takenOverSeconds.toFixed(1)} s`,
    `${round.gapSeconds.toFixed(1)} s`,
    String(round.answered),
    String(round.unknown),
    `${round.backSeconds.toFixed(1)} s`,
    round.back,
    `${round.writer.acknowledged} rows, ${round.writer.afterwards} afterwards, then ${round.writer.refusedWith}`,
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)));
  return [head, ...lines]
    .map(
      (line) =>
        `  ${line
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}`,
    )
    .join('\n');
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
