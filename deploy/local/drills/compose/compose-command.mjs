// @ts-check
import { unknownOption } from '../../commands/options.mjs';
import { green, red, terminalLog } from '../../machine/terminal.mjs';
import { composeDrill, told } from './compose-drill.mjs';

/** @param {string[]} args @returns {Promise<number>} 0: it passed */
export async function compose([option]) {
  if (option !== undefined) throw unknownOption('npm run drill -- compose', option);
  const { wrong, upSeconds, stopSeconds, payments, acknowledged, events } = await composeDrill({ log: terminalLog });
  console.log(`
  Ready after ${upSeconds.toFixed(0)} s; stopped under load in ${stopSeconds.toFixed(0)} s.
  ${payments} payments, of which ${acknowledged} were acknowledged before the stop.

| what happened | done, or back and healthy, after | longest time without an answer | paid meanwhile | requests that failed |
|---|---|---|---|---|`);
  for (const { what, seconds, gapSeconds, paid, refused } of events) {
    const times = `${seconds.toFixed(1)} s | ${gapSeconds.toFixed(2)} s`;
    console.log(`| ${what} | ${times} | ${paid} | ${refused.size === 0 ? 'none' : told(refused)} |`);
  }
  console.log();
  for (const what of wrong) console.log(`${red('✗')} ${what}`);
  if (wrong.length === 0) {
    console.log(
      `${green('✓')} No request failed while programs were replaced; what was acknowledged is there, once; all stopped cleanly; the books are right.`,
    );
  }
  return wrong.length === 0 ? 0 : 1;
}
