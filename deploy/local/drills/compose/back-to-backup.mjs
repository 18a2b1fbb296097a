// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repoDir } from '../../machine/paths.mjs';
import { KeyedPayments } from '../keyed-payments.mjs';

const PAY_MS = 1_000;

/**
 * Takes a backup, pays on, and goes back to it, each by the very commands of deploy/README.md.
 * @param {{
 *   stack: import('./compose-stack.mjs').ComposeStack,
 *   traffic: KeyedPayments,
 *   url: string,
 *   dump: string,
 * }} options `traffic`: of before, which has ended; `dump`: where the backup is written
 * @returns {Promise<string[]>} what is wrong
 */
export async function backToBackup({ stack, traffic, url, dump }) {
  const { backUp, restore, goOn, letIn } = commandsOfReadme();
  const run = (/** @type {string} */ commands) =>
    stack.run('bash', ['-eu', '-o', 'pipefail', '-c', commands.replaceAll('wallet.dump', dump)]);
  /** @type {string[]} */
  const wrong = [];

  const failed = await run(backUp.replace('pg_dump ', 'pg_dump --no-such-option ')).then(
    () => false,
    () => true,
  );
  if (!failed || existsSync(dump)) wrong.push('a backup that failed looks like one that was made');
  await run(backUp);
  const before = await paymentsIn(stack);

  const after = Object.assign(new KeyedPayments(traffic.token, url), { wallets: traffic.wallets });
  after.start(2);
  await sleep(PAY_MS);
  await after.stop();
  const paidOn = await paymentsIn(stack);
  if (!(paidOn > before)) wrong.push(`nothing was paid after the backup: ${before} payments, then ${paidOn}`);

  await run(restore);
  const restored = await paymentsIn(stack);
  if (restored !== before)
    wrong.push(`the backup has ${before} payments, and ${restored} are there after the way back`);
  await run(goOn);
  const ready = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(20_000) });
  if (ready.status !== 200) wrong.push(`after the way back it is not ready: ${ready.status} ${await ready.text()}`);
  const asked = await fetch(`${url}/api/wallets/${traffic.wallets[0]}/balance`, {
    headers: { authorization: `Bearer ${traffic.token}` },
    signal: AbortSignal.timeout(20_000),
  });
  if (asked.status !== 401) wrong.push(`a token of before the way back is answered ${asked.status}`);
  const workers = (await stack.compose(['ps', '--quiet', 'workers'])).trim();
  if (workers !== '') wrong.push('workers run before what is forgotten could be done again');
  await run(letIn);
  if ((await stack.compose(['ps', '--quiet', 'workers'])).trim() === '') wrong.push('no workers after the way back');
  return wrong;
}

/** The blocks of commands of its section Backup: what is tried is what people are told. */
export function commandsOfReadme() {
  const [, section = ''] = readFileSync(join(repoDir, 'deploy', 'README.md'), 'utf8').split(/^## Backup$/m);
  const blocks = [...(section.split(/^## /m)[0] ?? '').matchAll(/^```sh\n(.*?)^```$/gms)].map(
    ([, block = '']) => block,
  );
  const [backUp, restore, goOn, letIn] = blocks;
  if (!backUp || !restore || !goOn || !letIn || blocks.length > 4)
    throw new Error('deploy/README.md has not its four blocks of commands under "## Backup"');
  return { backUp, restore, goOn, letIn };
}

/** @param {import('./compose-stack.mjs').ComposeStack} stack */
async function paymentsIn(stack) {
  const count = `SELECT count(*) FROM transactions WHERE kind = 'PAYMENT'`;
  const psql = ['psql', '--username', 'postgres', '--dbname', 'wallet', '--tuples-only', '--no-align'];
  return Number(await stack.compose(['exec', '-T', 'postgres', ...psql, '--command', count]));
}
