// @ts-check
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Looks along the PATH, and where servers lie on systems that leave those folders out of a user's PATH.
 * @param {string} binary
 * @returns {string | null}
 */
export function findBinary(binary) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];
  for (const folder of folders.filter(Boolean)) {
    const path = join(folder, binary);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  return null;
}
