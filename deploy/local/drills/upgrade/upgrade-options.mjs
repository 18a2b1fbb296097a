// @ts-check
import { LaunchError } from '../../machine/terminal.mjs';

export const upgradeHelp = `  upgrade    replace an older version by this one under load, program after program, and go back again (about two minutes,
             and the time to build it, once)
      --from REV     a released version, a revision of git, or the folder of a checkout that is built (the newest release)`;

/** @param {string[]} args @returns {string | null} null: the newest release */
export function upgradeFrom(args) {
  let from = null;
  for (let at = 0; at < args.length; at += 1) {
    const [flag, inline] = (args[at] ?? '').split('=');
    if (flag !== '--from')
      throw new LaunchError(`npm run drill -- upgrade does not know "${flag}". See: npm run drill -- --help`);
    from = inline ?? args[++at] ?? '';
    if (from === '') throw new LaunchError('--from takes a version, a revision of git or a folder');
  }
  return from;
}
