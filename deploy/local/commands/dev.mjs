// @ts-check
import { nextFreePort } from '../machine/ports.mjs';
import { bold, cyan, dim } from '../machine/terminal.mjs';
import { runningPlatform, wallboardAddress } from '../platform/running-platform.mjs';
import { runScript } from '../programs/run-script.mjs';

const PORT_FIRST = 5173;

/** Vite serves the pages as they are written; what they ask for comes from the running platform. */
export async function run() {
  const platform = runningPlatform();
  const port = await nextFreePort(PORT_FIRST);
  const webUrl = `http://127.0.0.1:${port}/wallboard`;
  console.log(`\n  ${bold('Wallboard')}  ${cyan(wallboardAddress({ ...platform, webUrl }))}`);
  console.log(
    dim(`  It reloads as you save files in web/. Its data come from ${platform.gatewayUrl}. Ctrl-C ends it.`),
  );
  const options = ['--host', '127.0.0.1', '--port', String(port), '--strictPort', '--clearScreen', 'false'];
  return runScript('node_modules/vite/bin/vite.js', ['web', ...options], { GATEWAY_URL: platform.gatewayUrl });
}
