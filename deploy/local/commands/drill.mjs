// @ts-check
import { helm } from '../drills/chart-command.mjs';
import { compose } from '../drills/compose/compose-command.mjs';
import { failover } from '../drills/failover/failover-command.mjs';
import { restoreDrill } from '../drills/restore-drill.mjs';
import { upgrade } from '../drills/upgrade/upgrade-command.mjs';
import { green, LaunchError, red, terminalLog } from '../machine/terminal.mjs';
import { unknownOption } from './options.mjs';

/** Each looks at its options itself, before it starts anything. @type {Record<string, (args: string[]) => Promise<number>>} */
const DRILLS = { restore, failover, upgrade, compose, helm };

/** @param {string[]} args @returns {Promise<number>} 0: it passed */
export function run([name, ...rest]) {
  const drill = name === undefined ? undefined : DRILLS[name];
  if (!drill)
    throw new LaunchError(
      `npm run drill takes what to drill: ${Object.keys(DRILLS).join(', ')}. See: npm run drill -- --help`,
    );
  return drill(rest);
}

/** @param {string[]} args */
async function restore(args) {
  if (args[0] !== undefined) throw unknownOption('npm run drill -- restore', args[0]);
  const { wrong, figures } = await restoreDrill({ seconds: 10, log: terminalLog });
  const { backupSeconds, backupMb, segments, paid, before, after, restoreSeconds, readySeconds } = figures;
  console.log(`
  Base backup under load: ${backupSeconds.toFixed(1)} s, ${backupMb} MB; ${segments} files of the log archived.
  Restored to the moment in ${restoreSeconds.toFixed(1)} s; payments went on after ${readySeconds.toFixed(1)} s.
  ${paid} payments: ${before} answered before the moment, ${after} begun after it. All were asked for again, with their keys.
`);
  for (const what of wrong) console.log(`${red('✗')} ${what}`);
  if (wrong.length === 0)
    console.log(
      `${green('✓')} All of before is there, nothing of after was; each payment exists once, and the books are right.`,
    );
  return wrong.length === 0 ? 0 : 1;
}
