// @ts-check
import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';

/**
 * Writes a file as a whole or not at all: a reader never sees half of it.
 * @param {string} file
 * @param {string | Buffer} text
 * @param {number} mode
 */
export function writeAtomically(file, text, mode) {
  const temporary = `${file}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, file);
}

/**
 * @param {string} file
 * @returns {any} null when the file is missing or is not JSON
 */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    throw error;
  }
}

/** @param {string} file */
export function removeIfEmpty(file) {
  if (statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file, { force: true });
}

const END_BYTES_MAX = 16_384;

/**
 * The last lines of a log, whatever its size.
 * @param {string} file
 * @param {number} lines
 */
export function endOfFile(file, lines) {
  let fd;
  try {
    fd = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const size = fstatSync(fd).size;
    const buffer = Buffer.alloc(Math.min(size, END_BYTES_MAX));
    readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    const text = buffer.toString('utf8').trimEnd().split('\n');
    if (size > buffer.length && text.length > 1) text.shift(); // half a line
    return text.slice(-lines).join('\n');
  } finally {
    closeSync(fd);
  }
}
