// @ts-check
import { findBinary } from '../machine/binaries.mjs';
import { LaunchError, silentLog } from '../machine/terminal.mjs';
import { installFromDistribution } from '../servers/packages.mjs';

/** What drills run beside the platform. */
const PROGRAMS = {
  patroni: { debian: 'patroni', brew: 'patroni', elsewhere: "pip install 'patroni[etcd3,psycopg3]'" },
  etcd: { debian: 'etcd-server', brew: 'etcd', elsewhere: 'https://etcd.io' },
  haproxy: { debian: 'haproxy', brew: 'haproxy', elsewhere: 'https://www.haproxy.org' },
};

/** @typedef {keyof typeof PROGRAMS} DistributionProgram */

/**
 * The path of each program: from the PATH, else from the distribution's packages. Throws what to install where it cannot.
 * @template {DistributionProgram} Name
 * @param {readonly Name[]} names
 * @param {import('../machine/terminal.mjs').Log} [log]
 * @returns {Promise<Record<Name, string>>}
 */
export async function provideDistributionPrograms(names, log = silentLog) {
  const missing = () => names.filter((name) => !findBinary(name));
  if (missing().length > 0)
    await installFromDistribution(
      missing().map((name) => PROGRAMS[name].debian),
      log,
    );
  if (missing().length > 0) throw new LaunchError(howToInstall(missing()));
  return /** @type {Record<Name, string>} */ (Object.fromEntries(names.map((name) => [name, findBinary(name)])));
}

/** @param {readonly DistributionProgram[]} missing */
function howToInstall(missing) {
  const each = (/** @type {'debian' | 'brew' | 'elsewhere'} */ way) => missing.map((name) => PROGRAMS[name][way]);
  return [
    `This drill needs ${missing.join(', ')}, which the PATH does not have, and may not install packages here:`,
    `  Debian, Ubuntu   ask an administrator to run: apt-get install ${each('debian').join(' ')}`,
    `  macOS            brew install ${each('brew').join(' ')}`,
    `  elsewhere        ${each('elsewhere').join('; ')}`,
  ].join('\n');
}
