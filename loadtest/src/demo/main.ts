import { statSync } from 'node:fs';
import { readSteering, writeStatus } from '@smart-wallet/local-stack/demo-steering.mjs';
import { cast } from './cast.js';
import { type Config, readConfig } from './config.js';
import { Demo } from './demo.js';
import { log } from './json-log.js';
import { WalletApi } from './wallet-api.js';

const steeringEveryMs = 250;
const statusEveryMs = 1_000;
const doubtfulEveryMs = 1_000;
const reportEveryMs = 60_000;
const stopWithinMs = 1_500;

async function main(config: Config): Promise<void> {
  const demo = new Demo(new WalletApi(config.gatewayUrls, config.token), cast);
  const timers: NodeJS.Timeout[] = [];
  const stop = async () => {
    for (const timer of timers) clearInterval(timer);
    await demo.stop(stopWithinMs);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());

  const follow = steeringFollower(config.steeringFile, demo);
  follow();
  timers.push(setInterval(follow, steeringEveryMs));
  await demo.start();
  const tell = () => {
    const status = { pid: process.pid, atMs: Date.now(), ...demo.steering, ...demo.sample() };
    writeStatus(config.statusFile, status);
  };
  tell();
  timers.push(setInterval(tell, statusEveryMs));
  timers.push(setInterval(() => void demo.readDoubtful(), doubtfulEveryMs));
  timers.push(setInterval(() => log('info', 'demo traffic', { ...demo.steering, ...demo.totals() }), reportEveryMs));
}

/** Looks whether the file has changed, and steers by it. A file that makes no sense changes nothing. */
function steeringFollower(file: string, demo: Demo): () => void {
  let seenMs = -1;
  return () => {
    const changedMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changedMs === seenMs) return;
    seenMs = changedMs;
    try {
      const steering = readSteering(file);
      demo.steer(steering);
      log('info', 'demo traffic is steered', { ...steering });
    } catch (error) {
      log('warn', `demo traffic goes on as before: ${(error as Error).message}`);
    }
  };
}

try {
  await main(readConfig(process.env));
} catch (error) {
  log('error', `demo traffic cannot run: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 100);
}
