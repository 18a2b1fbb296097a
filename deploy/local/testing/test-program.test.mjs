// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it.each([
  ['by itself', 'process.exit(0)'],
  ['by a signal', "process.kill(process.pid, 'SIGTERM')"],
])(
  'a program that nobody stopped ends with its test, which ends %s, and keeps no output of it open',
  async (_, end) => {
    const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-test-program-'));
    const forever = join(folder, 'forever.mjs');
    writeFileSync(forever, 'console.error("up"); setInterval(() => {}, 1_000);');
    const started = JSON.stringify(new URL('test-program.mjs', import.meta.url).href);
    const script = `
    const { startTestProgram } = await import(${started});
    const child = startTestProgram(${JSON.stringify(forever)}, {});
    console.log(child.pid);
    child.stderr.once('data', () => ${end});`;
    const test = spawn(process.execPath, ['--input-type=module', '-e', script]);
    let output = '';
    test.stdout.on('data', (chunk) => {
      output += chunk;
    });
    // Not before its pipes are closed by all who have them.
    await once(test, 'close');
    const pid = Number(output);
    expect(pid).toBeGreaterThan(0);
    await expect.poll(() => isThere(pid)).toBe(false);
    rmSync(folder, { recursive: true });
  },
);

/** @param {number} pid */
function isThere(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
