// @ts-check
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { dim, red, yellow } from './terminal.mjs';

const POLL_MS = 500;
const LINES_PER_POLL_MAX = 5;
const READ_BYTES_MAX = 256 * 1024;
const WARN_LEVEL = 40;
const ERROR_LEVEL = 50;

/**
 * Shows the warnings and errors of a program's JSON log on the terminal as they come.
 * @param {string} name
 * @param {string} logFile
 * @returns {() => void} stops watching
 */
export function watchLog(name, logFile) {
  let position = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  let rest = '';
  const poll = () => {
    const { text, end } = readFrom(logFile, position);
    position = end;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    const shown = lines.map((line) => brief(line)).filter((line) => line !== null);
    for (const line of shown.slice(0, LINES_PER_POLL_MAX)) console.log(`${line.mark} ${name}: ${line.message}`);
    const more = shown.length - LINES_PER_POLL_MAX;
    if (more > 0) console.log(dim(`  ${name}: ${more} more warnings in ${logFile}`));
  };
  const timer = setInterval(poll, POLL_MS);
  return () => clearInterval(timer);
}

/** @param {string} line */
function brief(line) {
  if (!line.startsWith('{')) return null;
  try {
    const { level, msg, err } = JSON.parse(line);
    if (!(level >= WARN_LEVEL)) return null;
    return {
      mark: level >= ERROR_LEVEL ? red('✗') : yellow('!'),
      message: [msg, err?.message].filter(Boolean).join(': '),
    };
  } catch {
    return null;
  }
}

/** @param {string} file @param {number} from */
function readFrom(file, from) {
  let fd;
  try {
    fd = openSync(file, 'r');
  } catch {
    return { text: '', end: from };
  }
  try {
    const { size } = fstatSync(fd);
    const start = size < from ? 0 : Math.max(from, size - READ_BYTES_MAX);
    const buffer = Buffer.alloc(size - start);
    const read = readSync(fd, buffer, 0, buffer.length, start);
    return { text: buffer.toString('utf8', 0, read), end: start + read };
  } finally {
    closeSync(fd);
  }
}
