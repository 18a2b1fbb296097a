// @ts-check
import { findBinary } from '../machine/binaries.mjs';
import { silentLog } from '../machine/terminal.mjs';
import { installFromDistribution } from '../servers/packages.mjs';

/**
 * The path of Prometheus' own check of rules: from the PATH, else installed from the distribution's packages.
 * @param {import('../machine/terminal.mjs').Log} [log]
 * @returns {Promise<string | null>} null when there is none, and none may be installed here
 */
export async function providePromtool(log = silentLog) {
  const path = findBinary('promtool');
  if (path) return path;
  await installFromDistribution(['prometheus'], log);
  return findBinary('promtool');
}
