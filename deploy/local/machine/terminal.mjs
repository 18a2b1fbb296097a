// @ts-check

/**
 * What the launcher says. Steps show progress on a terminal and one line each elsewhere.
 * @typedef {{
 *   info: (text: string) => void,
 *   warn: (text: string) => void,
 *   step: <T>(title: string, work: () => Promise<T>) => Promise<T>,
 * }} Log
 */

const colours = process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
const paint = (/** @type {string} */ code) => (/** @type {string} */ text) =>
  colours ? `\x1b[${code}m${text}\x1b[0m` : text;

export const bold = paint('1');
export const dim = paint('2');
export const red = paint('31');
export const green = paint('32');
export const yellow = paint('33');
export const cyan = paint('36');

/** @type {Log} */
export const terminalLog = {
  info: (text) => console.log(`  ${text}`),
  warn: (text) => console.log(`${yellow('!')} ${text}`),
  step,
};

/** @type {Log} */
export const silentLog = {
  info: () => {},
  warn: () => {},
  step: (_title, work) => work(),
};

/**
 * A failure that is the user's to solve: shown as its message, without a stack trace.
 */
export class LaunchError extends Error {}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 */
async function step(title, work) {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  if (!colours) {
    console.log(`- ${title} …`);
    return work();
  }
  let frame = 0;
  const draw = () => {
    frame += 1;
    process.stdout.write(`\r\x1b[2K${cyan(FRAMES[frame % FRAMES.length] ?? '')} ${title} ${dim(seconds())}`);
  };
  draw();
  const timer = setInterval(draw, 100);
  try {
    const result = await work();
    clearInterval(timer);
    process.stdout.write(`\r\x1b[2K${green('✓')} ${title} ${dim(seconds())}\n`);
    return result;
  } catch (error) {
    clearInterval(timer);
    process.stdout.write(`\r\x1b[2K${red('✗')} ${title} ${dim(seconds())}\n`);
    throw error;
  }
}
