// @ts-check
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Looks along the PATH, and where servers lie on systems that leave those folders out of a user's PATH.
 * @param {string} binary
 * @param {readonly string[]} [before] folders to look into first
 * @returns {string | null}
 */
export function findBinary(binary, before = []) {
  const usual = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/opt/homebrew/sbin'];
  const folders = [...before, ...(process.env.PATH ?? '').split(delimiter), ...usual];
  for (const folder of folders.filter(Boolean)) {
    const path = join(folder, binary);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  return null;
}
