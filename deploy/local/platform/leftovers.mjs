// @ts-check
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { localDir } from '../machine/paths.mjs';
import { stopLeftovers } from '../programs/program.mjs';
import { stopLeftoverServer } from '../servers/postgres-data.mjs';

/** Stops what a killed start left running on the local data. Only for who holds, or found free, the start lock. */
export async function stopLocalLeftovers() {
  const stopped = await stopLeftovers(join(localDir, 'run'));
  const data = join(localDir, 'postgres');
  if (existsSync(data) && (await stopLeftoverServer(realpathSync(data)))) stopped.push('postgres');
  return stopped;
}
