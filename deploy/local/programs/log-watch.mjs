// @ts-check
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { dim, red, yellow } from '../machine/terminal.mjs';
import { ERROR_LEVEL, parseLogLine, WARN_LEVEL } from './log-lines.mjs';

const POLL_MS = 500;
const LINES_PER_POLL_MAX = 5;
const READ_BYTES_MAX = 256 * 1024;

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
  const parsed = parseLogLine(line);
  if (!parsed || parsed.level < WARN_LEVEL) return null;
  if (parsed.route === '/health/ready') return null; // we ask it until it is, when it starts again
  return { mark: parsed.level >= ERROR_LEVEL ? red('✗') : yellow('!'), message: parsed.message };
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
