// @ts-check
import { LaunchError } from './terminal.mjs';

/**
 * Refuses what a command does not know, so that a slip of the pen is not taken for the command without it.
 * @param {string} npmCommand as the user types it: `npm run stop`
 * @param {string[]} args
 * @param {readonly string[]} known
 */
export function refuseUnknown(npmCommand, args, known) {
  const unknown = args.find((arg) => !known.includes(arg));
  if (unknown !== undefined) throw unknownOption(npmCommand, unknown);
}

/**
 * @param {string} npmCommand
 * @param {string} arg
 */
export function unknownOption(npmCommand, arg) {
  return new LaunchError(`${npmCommand} does not know "${arg}". See: ${npmCommand} -- --help`);
}

const WORKERS_DEFAULT = 2;
const WORKERS_MAX = 16;

/**
 * The options of npm start.
 * @param {string[]} args
 */
export function startOptions(args) {
  // `npm start --workers 3` without "--" arrives as npm's own configuration.
  const fromNpm = process.env.npm_config_workers;
  let workers = fromNpm === undefined ? undefined : fromNpm === 'true' ? (args[0] ?? '') : fromNpm;
  let restart = process.env.npm_config_restart !== '' && process.env.npm_config_restart !== 'false';
  for (let at = 0; at < args.length; at += 1) {
    const [flag, value] = (args[at] ?? '').split('=');
    if (flag === '--no-restart') restart = false;
    else if (flag === '--workers') {
      workers = value ?? args[at + 1] ?? '';
      if (value === undefined) at += 1;
    } else if (args[at] !== workers) throw unknownOption('npm start', args[at] ?? '');
  }
  const count = workers === undefined ? WORKERS_DEFAULT : Number(workers);
  if (!Number.isInteger(count) || count < 1 || count > WORKERS_MAX) {
    throw new LaunchError(`--workers takes a number from 1 to ${WORKERS_MAX}, not "${workers}".`);
  }
  return { workers: count, restart };
}
