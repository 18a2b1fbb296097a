// @ts-check
import { LaunchError } from '../../machine/terminal.mjs';
import { FAULT_NAMES, FAULTS } from './faults.mjs';

const ROUNDS_MAX = 50;
/** What is done without `--only`. */
const USUAL = /** @type {const} */ (['killed', 'frozen', 'cut', 'crashed', 'planned']);

export const failoverHelp = `  failover   take the primary of three Postgres nodes away under load, in several ways (about five minutes)
      --rounds N     each of them so often (1)
      --only A,B     of these only: ${FAULT_NAMES.join(', ')}
${FAULT_NAMES.map((name) => `                       ${name.padEnd(8)} ${FAULTS[name].what}`).join('\n')}
      DRILL_LOGS=FOLDER in the environment keeps the logs of Patroni, Postgres, etcd and haproxy there`;

/** @param {string[]} args @returns {import('./faults.mjs').FaultName[]} one a round */
export function failoverRounds(args) {
  let [rounds, only] = [1, /** @type {readonly string[]} */ (USUAL)];
  for (let at = 0; at < args.length; at += 1) {
    const [flag, inline] = (args[at] ?? '').split('=');
    const value = inline ?? args[++at] ?? '';
    if (flag === '--rounds') rounds = Number(value);
    else if (flag === '--only') only = value.split(',');
    else throw new LaunchError(`npm run drill -- failover does not know "${flag}". See: npm run drill -- --help`);
  }
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX)
    throw new LaunchError(`--rounds takes a number from 1 to ${ROUNDS_MAX}`);
  const faults = only.map((name) => FAULT_NAMES.find((each) => each === name));
  if (faults.includes(undefined)) throw new LaunchError(`--only takes one or more of ${FAULT_NAMES.join(',')}`);
  return Array.from({ length: rounds }, () => /** @type {import('./faults.mjs').FaultName[]} */ (faults)).flat();
}
