// @ts-check
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJson } from '../machine/files.mjs';
import { identify, isAlive } from '../machine/identity.mjs';
import { stopLeftovers } from '../programs/program.mjs';
import { deleteData, stopLeftoverServer } from '../servers/postgres-data.mjs';

const PREFIX = 'smart-wallet-stack-';
const OWNER_FILE = 'owner.json';
/** A folder without an owner file may be one that is being made right now. */
const UNOWNED_AGE_MS = 60_000;

/** A data folder for one test run or benchmark; what earlier ones left when they were killed is cleared first. */
export async function makeThrowAwayDir() {
  await clearAbandoned();
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(folder, 0o755); // Postgres may run as another user; what is secret inside has its own mode
  writeFileSync(join(folder, OWNER_FILE), JSON.stringify(identify(process.pid)));
  return folder;
}

/** @param {string} folder */
export function removeThrowAwayDir(folder) {
  deleteData(join(folder, 'postgres'));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

async function clearAbandoned() {
  for (const entry of readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX))) {
    const folder = join(tmpdir(), entry);
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (!stat?.isDirectory() || stat.uid !== process.getuid?.()) continue;
    const owner = readJson(join(folder, OWNER_FILE));
    const abandoned = owner ? !isAlive(owner) : Date.now() - stat.mtimeMs > UNOWNED_AGE_MS;
    if (!abandoned) continue;
    await stopLeftovers(join(folder, 'run'));
    if (existsSync(join(folder, 'postgres'))) await stopLeftoverServer(join(folder, 'postgres'));
    removeThrowAwayDir(folder);
  }
}
