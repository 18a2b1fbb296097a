// @ts-check
import { RATE_MAX } from '../demo/demo-steering.mjs';
import { LaunchError } from '../machine/terminal.mjs';
import { unknownOption } from './options.mjs';

const COMMAND = 'npm run demo';

/**
 * The options of npm run demo; what is not given stays as it is.
 * @param {string[]} args
 * @returns {{ rate?: number, failurePercent?: number, kill?: string }}
 */
export function demoOptions(args) {
  const eaten = ['rate', 'failures', 'kill'].find((name) => process.env[`npm_config_${name}`] !== undefined);
  if (eaten)
    throw new LaunchError(`Put -- before the options, or npm takes them for its own: ${COMMAND} -- --${eaten} …`);

  /** @type {{ rate?: number, failurePercent?: number, kill?: string }} */
  const options = {};
  for (let at = 0; at < args.length; at += 1) {
    const [flag = '', joined] = (args[at] ?? '').split(/=(.*)/s);
    if (!['--rate', '--failures', '--kill'].includes(flag)) throw unknownOption(COMMAND, args[at] ?? '');
    const value = joined ?? args[at + 1] ?? '';
    if (joined === undefined) at += 1;
    if (flag === '--rate') options.rate = rate(value);
    else if (flag === '--failures') options.failurePercent = percent(value);
    else options.kill = processName(value);
  }
  return options;
}

/** @param {string} text */
function rate(text) {
  const value = decimal(text);
  if (value !== null && value <= RATE_MAX) return value;
  throw new LaunchError(`--rate takes payments per second from 0 (a pause) to ${RATE_MAX}, not "${text}".`);
}

/** @param {string} text */
function percent(text) {
  const value = decimal(text.replace(/%$/, ''));
  if (value !== null && value <= 100) return value;
  throw new LaunchError(`--failures takes a percentage from 0% to 100%, not "${text}".`);
}

/** @param {string} text */
function processName(text) {
  if (/^[a-z]+(-\d+)?$/.test(text)) return text;
  throw new LaunchError(`--kill takes the name of a process, such as engine-1, not "${text}".`);
}

/** @param {string} text */
function decimal(text) {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}
