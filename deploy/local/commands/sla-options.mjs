// @ts-check
import { LaunchError } from '../machine/terminal.mjs';
import { unknownOption } from './options.mjs';

const COMMAND = 'npm run sla';
/** A script of loadtest/k6 each. */
export const SLA_SCRIPTS = ['single', 'batch', 'mixed', 'spike', 'soak'];
const RATE_MAX = 20_000;

/**
 * @typedef {{ script: string, rate?: number, duration?: string, url?: string, token?: string, out?: string }} SlaOptions
 *   `token`: of SLA_TOKEN too, where other users of the machine do not see it
 */

/**
 * The options of npm run sla.
 * @param {string[]} args
 * @returns {SlaOptions}
 */
export function slaOptions(args) {
  const eaten = ['rate', 'duration', 'url', 'token', 'out'].find((name) => process.env[`npm_config_${name}`]);
  if (eaten)
    throw new LaunchError(`Put -- before the options, or npm takes them for its own: ${COMMAND} -- --${eaten} …`);
  /** @type {SlaOptions} */
  const options = { script: 'single' };
  for (let at = 0; at < args.length; at += 1) {
    const [flag = '', joined] = (args[at] ?? '').split(/=(.*)/s);
    if (!flag.startsWith('-')) {
      if (!SLA_SCRIPTS.includes(flag))
        throw new LaunchError(`${COMMAND} runs ${SLA_SCRIPTS.join(', ')}, not "${flag}".`);
      options.script = flag;
      continue;
    }
    const value = joined ?? args[at + 1] ?? '';
    if (joined === undefined) at += 1;
    if (flag === '--rate') options.rate = rate(value);
    else if (flag === '--duration') options.duration = duration(value);
    else if (flag === '--url') options.url = address(value);
    else if (flag === '--token') options.token = given(flag, value);
    else if (flag === '--out') options.out = given(flag, value);
    else throw unknownOption(COMMAND, args[at] ?? flag);
  }
  const token = options.token ?? process.env.SLA_TOKEN;
  if (options.url && !token)
    throw new LaunchError(`With --url ${COMMAND} needs a service token: --token T, or SLA_TOKEN in the environment.`);
  if (!options.url && options.token) throw new LaunchError('--token belongs to --url: of which platform is it?');
  return { ...options, ...(options.url && token ? { token } : {}) };
}

/** @param {string} text */
function rate(text) {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value > 0 && value <= RATE_MAX) return value;
  throw new LaunchError(`--rate takes calls per second, a whole number from 1 to ${RATE_MAX}, not "${text}".`);
}

/** @param {string} text */
function duration(text) {
  if (/^([1-9]\d{0,5}(s|m|h))+$/.test(text)) return text;
  throw new LaunchError(`--duration takes a time such as 30s, 10m or 1h30m, not "${text}".`);
}

/** @param {string} text */
function address(text) {
  if (/^https?:\/\/./.test(text) && URL.canParse(text)) return text;
  throw new LaunchError(`--url takes the address of a gateway, such as https://wallet.example.com, not "${text}".`);
}

/** @param {string} flag @param {string} value */
function given(flag, value) {
  if (value) return value;
  throw new LaunchError(`${flag} takes a value.`);
}
