// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { repoDir } from '../machine/paths.mjs';

const START = pathToFileURL(join(repoDir, 'deploy', 'local', 'commands', 'start.mjs')).href;

/** A process whose stop never comes to an end. @param {{ stopMsMax: number, hurriedStopMsMax: number }} bounds */
function stuck(bounds) {
  const script = `
    import { boundedStop } from ${JSON.stringify(START)};
    const onSignal = boundedStop({
      begin: () => console.log('begun'), hurry: () => console.log('hurried'),
      end: (ms) => { console.log('ended after ' + ms); process.exit(7); },
      ...${JSON.stringify(bounds)},
    });
    process.on('SIGTERM', onSignal);
    setInterval(() => {}, 1000);
    console.log('up');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  return { child, output: () => text, exited: once(child, 'exit') };
}

it('a stop that waits for what never ends has an end', async () => {
  const { child, output, exited } = stuck({ stopMsMax: 300, hurriedStopMsMax: 60_000 });
  await expect.poll(output, { timeout: 10_000 }).toContain('up');
  child.kill('SIGTERM');
  expect((await exited)[0]).toBe(7);
  expect(output()).toBe('up\nbegun\nended after 300\n');
});

it('a second signal ends it soon, and one that reaches it twice is one', async () => {
  const { child, output, exited } = stuck({ stopMsMax: 60_000, hurriedStopMsMax: 200 });
  await expect.poll(output, { timeout: 10_000 }).toContain('up');
  child.kill('SIGTERM');
  await expect.poll(output).toContain('begun');
  child.kill('SIGTERM');
  await new Promise((done) => setTimeout(done, 1_200));
  expect(output()).toBe('up\nbegun\n');
  child.kill('SIGTERM');
  expect((await exited)[0]).toBe(7);
  expect(output()).toBe('up\nbegun\nhurried\nended after 200\n');
});
