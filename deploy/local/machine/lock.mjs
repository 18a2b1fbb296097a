// @ts-check
import { chmodSync, linkSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readJson, writeAtomically } from './files.mjs';
import { identify, isAlive } from './identity.mjs';

/**
 * A lock file names its holder by pid and start time, so that one left behind by a crash never blocks,
 * and anyone, also another user, can read who holds it.
 * @typedef {import('./identity.mjs').ProcessIdentity & Record<string, unknown>} LockHolder
 */

/** @param {string} file @returns {LockHolder | null} the living holder */
export function lockHolder(file) {
  const holder = readJson(file);
  return holder && isAlive(holder) ? holder : null;
}

/**
 * @param {string} file
 * @param {Record<string, unknown>} [details] shown to whoever finds the lock taken
 * @returns {{ holder: LockHolder } | { holder: null, update: (details: Record<string, unknown>) => void, release: () => void }}
 */
export function acquireLock(file, details = {}) {
  mkdirSync(dirname(file), { recursive: true });
  const self = identify(process.pid);
  if (!self) throw new Error('cannot read the start time of this process');
  const text = (/** @type {Record<string, unknown>} */ more) => JSON.stringify({ ...self, ...more });
  const candidate = `${file}.${process.pid}`;
  rmSync(candidate, { force: true });
  writeFileSync(candidate, text(details));
  chmodSync(candidate, 0o644); // readable by every user, whatever the umask
  try {
    while (true) {
      try {
        linkSync(candidate, file); // fails when the file exists: only one of many wins
        break;
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      }
      const holder = lockHolder(file);
      if (holder) return { holder };
      clearStale(file);
    }
  } finally {
    rmSync(candidate, { force: true });
  }
  return {
    holder: null,
    update: (more) => writeAtomically(file, text(more), 0o644),
    release: () => {
      if (lockHolder(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

/** Who clears a lock does so in a moment; a room that is older was left behind by a crash. */
const clearingMaxMs = 5_000;

/**
 * Only who has the room beside the file takes it away, and looks again before: else a fresh lock, taken since the look, would go.
 * @param {string} file
 */
function clearStale(file) {
  const room = `${file}.clearing`;
  try {
    mkdirSync(room); // fails when it exists
  } catch {
    const madeAt = statSync(room, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - madeAt > clearingMaxMs) rmSync(room, { recursive: true, force: true });
    return;
  }
  try {
    if (!lockHolder(file)) rmSync(file, { force: true });
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}
