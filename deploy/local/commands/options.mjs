// @ts-check
import { LaunchError } from '../machine/terminal.mjs';

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

const ENGINES_DEFAULT = 2;
const ENGINES_MAX = 16;
const GATEWAYS_DEFAULT = 1;
const GATEWAYS_MAX = 8;

/**
 * The options of npm start. `npm start --engines 3` without "--" arrives as npm's own configuration.
 * @param {string[]} args
 */
export function startOptions(args) {
  const counts = {
    engines: { text: fromNpm('engines', args), default: ENGINES_DEFAULT, max: ENGINES_MAX },
    gateways: { text: fromNpm('gateways', args), default: GATEWAYS_DEFAULT, max: GATEWAYS_MAX },
  };
  const switches = { restart: !isOffForNpm('restart'), demo: !isOffForNpm('demo'), workers: !isOffForNpm('workers') };
  for (let at = 0; at < args.length; at += 1) {
    const [flag = '', value] = (args[at] ?? '').split('=');
    const count = flag === '--engines' ? counts.engines : flag === '--gateways' ? counts.gateways : null;
    if (count) {
      count.text = value ?? args[at + 1] ?? '';
      if (value === undefined) at += 1;
    } else if (flag === '--no-restart') switches.restart = false;
    else if (flag === '--no-demo') switches.demo = false;
    else if (flag === '--no-workers') switches.workers = false;
    else if (!Object.values(counts).some(({ text }) => text === args[at]))
      throw unknownOption('npm start', args[at] ?? '');
  }
  const countOf = (/** @type {'engines' | 'gateways'} */ name) => {
    const { text, default: usual, max } = counts[name];
    const count = text === undefined ? usual : Number(text);
    if (Number.isInteger(count) && count >= 1 && count <= max) return count;
    throw new LaunchError(`--${name} takes a number from 1 to ${max}, not "${text}".`);
  };
  return { engines: countOf('engines'), gateways: countOf('gateways'), ...switches };
}

/**
 * npm keeps `--name=3` whole; of `--name 3` it keeps the name and passes the value on.
 * @param {string} name
 * @param {string[]} args
 */
function fromNpm(name, args) {
  const kept = process.env[`npm_config_${name}`];
  return kept === 'true' ? (args[0] ?? '') : kept;
}

/** Of `--no-name`. @param {string} name */
function isOffForNpm(name) {
  return ['', 'false'].includes(process.env[`npm_config_${name}`] ?? 'true');
}
