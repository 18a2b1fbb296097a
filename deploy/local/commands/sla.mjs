// @ts-check
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { localDir, repoDir } from '../machine/paths.mjs';
import { dim, terminalLog } from '../machine/terminal.mjs';
import { runningPlatform } from '../platform/running-platform.mjs';
import { provideK6 } from '../tools/k6.mjs';
import { slaOptions } from './sla-options.mjs';

/**
 * Puts a platform under load with k6, holds its answers against the SLA, and what was acknowledged against its ledger.
 * @param {string[]} args
 * @returns {Promise<number>} 0 the SLA is met, 99 it is broken, else the check could not run to its end
 */
export async function run(args) {
  const { script, rate, duration, url, token, out } = slaOptions(args);
  const platform = url && token ? { gatewayUrl: url, token } : runningPlatform();
  const k6 = await provideK6(terminalLog);
  const runId = randomUUID().slice(0, 8);
  const folder = resolve(out ?? join(localDir, 'sla', `${new Date().toISOString().replace(/[:.]/g, '-')}-${script}`));
  mkdirSync(folder, { recursive: true });
  console.log(`  k6 runs ${script} against ${platform.gatewayUrl} as run ${runId} …\n`);
  const code = await runK6(k6, script, {
    ...{ SLA_URL: platform.gatewayUrl, SLA_TOKEN: platform.token, SLA_RUN: runId, SLA_OUT: folder },
    ...(rate === undefined ? {} : { SLA_RATE: String(rate) }),
    ...(duration === undefined ? {} : { SLA_DURATION: duration }),
  });
  for (const name of ['summary.json', 'junit.xml'])
    if (existsSync(join(folder, name))) console.log(dim(`  ${relative(process.cwd(), join(folder, name))}`));
  return code;
}

/**
 * A Ctrl-C reaches k6 from the terminal: it stops to begin calls, waits for answers, and reconciles.
 * @param {string} k6
 * @param {string} script
 * @param {Record<string, string>} variables
 */
function runK6(k6, script, variables) {
  const file = join(repoDir, 'loadtest', 'k6', `${script}.ts`);
  const args = ['run', '--no-usage-report', '--address', '', file];
  const child = spawn(k6, args, { stdio: 'inherit', env: { ...process.env, ...variables } });
  const ignore = () => {};
  const forward = () => void child.kill('SIGTERM');
  process.on('SIGINT', ignore).on('SIGTERM', forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('SIGINT', ignore).off('SIGTERM', forward);
      resolve(code ?? 1);
    });
  });
}
