// @ts-check
import { green, red, terminalLog } from '../../machine/terminal.mjs';
import { provideOlderBuild, RELEASES } from './older-build.mjs';
import { upgradeDrill } from './upgrade-drill.mjs';
import { upgradeFrom } from './upgrade-options.mjs';

/** @param {string[]} args @returns {Promise<number>} 0: it passed */
export async function upgrade(args) {
  const from = upgradeFrom(args) ?? RELEASES.at(-1)?.version ?? '';
  const older = await provideOlderBuild(from, terminalLog);
  const { wrong, phases, skipped, paid } = await upgradeDrill({ older, log: terminalLog });
  const width = Math.max(...phases.map(({ name }) => name.length));
  console.log(`\n  ${''.padEnd(width)}    seconds  requests  failed  slowest`);
  for (const { name, seconds, requests, failed, slowestMs } of phases)
    console.log(
      `  ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(9)}${String(requests).padStart(10)}${String(failed).padStart(8)}${`${slowestMs.toFixed(0)} ms`.padStart(9)}`,
    );
  console.log(`\n  ${paid} payments.`);
  for (const why of skipped) console.log(`  Not tried: ${why}`);
  console.log();
  for (const what of wrong.slice(0, 20)) console.log(`${red('✗')} ${what}`);
  if (wrong.length === 0)
    console.log(
      `${green('✓')} No request failed on the way there and back, each payment exists once, and the books are right.`,
    );
  return wrong.length === 0 ? 0 : 1;
}
