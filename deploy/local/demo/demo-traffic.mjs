// @ts-check
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { demoStatusFile, demoSteeringFile, repoDir } from '../machine/paths.mjs';
import { rotateLog, startProgram } from '../programs/program.mjs';
import { supervise } from '../programs/supervise.mjs';

const DEMO = join(repoDir, 'loadtest', 'dist', 'demo', 'main.js');
const STOP_TIMEOUT_MS = 5_000;

/** Every start begins with the defaults. */
export function forgetSteering() {
  for (const file of [demoSteeringFile, demoStatusFile]) rmSync(file, { force: true });
}

/**
 * The traffic that shows the platform at work: a caller like any other. After a death it goes on as it was steered.
 * @param {import('../platform/platform.mjs').Platform} platform
 * @param {{ restart: boolean, onIncident: (incident: import('../programs/supervise.mjs').Incident) => void }} options
 */
export function demoTraffic({ stack, gateways, token }, { restart, onIncident }) {
  const name = 'demo';
  const logFile = join(stack.logsDir, `${name}.log`);
  rotateLog(logFile);
  return supervise({
    ...{ name, logFile, restart, onIncident, stopTimeoutMs: STOP_TIMEOUT_MS },
    launch: () =>
      startProgram({
        name,
        args: ['--enable-source-maps', DEMO],
        env: {
          ...process.env,
          DEMO_GATEWAY_URLS: gateways.map(({ url }) => url).join(','),
          GATEWAY_TOKEN: token,
          DEMO_STEERING_FILE: demoSteeringFile,
          DEMO_STATUS_FILE: demoStatusFile,
        },
        logFile,
        runDir: stack.runDir,
      }),
    probe: async () => {}, // it waits for the gateways itself, and nobody waits for it
  });
}
