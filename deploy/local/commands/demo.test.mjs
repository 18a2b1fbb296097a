// @ts-check
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { killProcess } from '../programs/process-kill.mjs';
import { startProgram } from '../programs/program.mjs';
import { deleteData } from '../servers/postgres-data.mjs';
import { commandsOn } from '../testing/launch-command.mjs';

const localDir = mkdtempSync(join(tmpdir(), 'smart-wallet-demo-'));
chmodSync(localDir, 0o755);
const launch = commandsOn(localDir);
const statusFile = join(localDir, 'run', 'demo-status.json');
const readJson = (/** @type {string} */ file) => JSON.parse(readFileSync(file, 'utf8'));
const stack = () => readJson(join(localDir, 'stack.json'));
const pidOf = (/** @type {string} */ name) =>
  stack().processes.find((/** @type {{ name: string }} */ process) => process.name === name)?.pid;

describe('npm start with its demo traffic', () => {
  /** @type {ReturnType<ReturnType<typeof commandsOn>>} */
  let start;
  beforeAll(async () => {
    start = launch(['start', '--gateways', '2'], { ENGINES_ACTIVE: '1' });
    const ended = start.exitCode.then(() => Promise.reject(new Error(`npm start ended:\n${start.output()}`)));
    ended.catch(() => {}); // later, it ends as it should
    await Promise.race([ended, vi.waitUntil(() => start.output().includes('is ready'), { timeout: 110_000 })]);
  }, 120_000);
  afterAll(async () => {
    start.stop();
    await start.exitCode;
    deleteData(join(localDir, 'postgres'));
    rmSync(localDir, { recursive: true, force: true });
  });

  it('opens on the wallboard, at every gateway, with a token that can do nothing else', async () => {
    const { webUrl, displayToken, gatewayUrl, token } = stack();
    expect(webUrl).toBe(`${gatewayUrl}/wallboard`);
    expect(displayToken).not.toBe(token);
    const printed = [...start.output().matchAll(/http:\S+\/wallboard#token=\S+/g)].map(([url]) => url);
    expect(printed).toHaveLength(2);
    expect(start.output()).toMatch(/Engines +2: 1 active, 1 standing by/);
    expect(printed[0]).toBe(`${webUrl}#token=${displayToken}`);
    for (const url of printed) {
      const page = await fetch(url);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toContain('text/html');
    }
    const wallets = await fetch(`${gatewayUrl}/api/wallets`, { headers: { authorization: `Bearer ${displayToken}` } });
    expect([401, 403]).toContain(wallets.status);
  });

  it('pays between wallets with names, as often as it says', async () => {
    await expect.poll(() => existsSync(statusFile), { timeout: 20_000 }).toBe(true);
    const { items: wallets } = await ask('/api/wallets?limit=100');
    const names = wallets.map((/** @type {any} */ { metadata }) => metadata.name);
    expect(names).toContain('Corner Bakery');
    expect(new Set(names).size).toBe(names.length);
    // Five a second. A busy machine may hold some up, which then come together.
    const startedAt = performance.now();
    const seconds = () => (performance.now() - startedAt) / 1_000;
    let paid = 0;
    while (seconds() < 5 || paid < 3.4 * seconds()) {
      paid += await committedWithin(2_000);
      expect(seconds()).toBeLessThan(25);
    }
    expect(paid).toBeLessThan(7.5 * seconds());
  });

  it('is steered while it runs, and rests when it is told to', async () => {
    const steered = launch(['demo', '--rate', '200', '--failures=40%']);
    expect(await steered.exitCode).toBe(0);
    expect(steered.output()).toContain('200 payments/s, 40 % of them refused');
    expect(steered.output()).toContain(`${stack().webUrl}#token=`);
    await expect.poll(() => readJson(statusFile).refused, { timeout: 20_000 }).toBeGreaterThan(50);
    const { succeeded, refused } = readJson(statusFile);
    expect(refused / (succeeded + refused)).toBeGreaterThan(0.3);
    expect(refused / (succeeded + refused)).toBeLessThan(0.5);
    const { items } = await ask('/api/transactions?limit=100');
    const codes = items.map((/** @type {any} */ { failureCode }) => failureCode);
    expect(codes).toContain(null);
    expect(codes).toContain('INSUFFICIENT_FUNDS');
    // As people do, it also forgets what was set apart, what was paid back, and what a wallet may send.
    const mistakes = /^(PAYMENT_LIMIT_EXCEEDED|DAILY_OUT_LIMIT_EXCEEDED|(CAPTURE|HOLD|REFUND)_\w+)$/;
    for (const code of new Set(codes)) if (code && code !== 'INSUFFICIENT_FUNDS') expect(code).toMatch(mistakes);

    expect(await launch(['demo', '--rate', '0']).exitCode).toBe(0);
    await expect.poll(() => readJson(statusFile).open, { timeout: 20_000 }).toBe(0);
    expect(await committedWithin(1_500)).toBe(0);
    const shown = launch(['demo']);
    expect(await shown.exitCode).toBe(0);
    expect(shown.output()).toContain('Demo traffic: paused');
  });

  it('goes on as it was steered after it died', async () => {
    await launch(['demo', '--rate', '50', '--failures', '0']).exitCode;
    const before = pidOf('demo');
    expect(await launch(['demo', '--kill', 'demo']).exitCode).toBe(0);
    expect(pidOf('demo')).not.toBe(before);
    await expect.poll(() => readJson(statusFile).pid, { timeout: 20_000 }).toBe(pidOf('demo'));
    expect(readJson(statusFile)).toMatchObject({ rate: 50, failurePercent: 0 });
  });

  it('shows a takeover: the engine that owns is killed, the one that stood by has its partitions, and it stands by when it is back', async () => {
    const before = new Map(['engine-1', 'engine-2'].map((name) => [name, pidOf(name)]));
    const killed = launch(['demo', '--kill', 'engine']);
    expect(await killed.exitCode).toBe(0);
    const said = killed.output();
    const name = /Killed (engine-\d)/.exec(said)?.[1] ?? '';
    expect(said).toContain(`Killed ${name} (pid ${before.get(name)}), the owner of`);
    expect(said).toMatch(/engine-\d runs again after [\d.]+ s \(pid \d+\)/);
    const taken = /taken over after [\d.]+ s: (.*)\./.exec(said)?.[1] ?? '';
    const counts = [...taken.matchAll(/(\d+) by engine-\d/g)].map(([, count]) => Number(count));
    const held = Number(/the owner of (\d+) partitions/.exec(said)?.[1]);
    expect(held).toBeGreaterThan(0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(held);
    expect(pidOf(name)).not.toBe(before.get(name));
    // Nothing that was meant to be done was refused meanwhile.
    expect(readJson(statusFile).refused).toBe(0);

    const again = launch(['demo', '--kill', name]);
    expect(await again.exitCode).toBe(0);
    expect(again.output()).toMatch(new RegExp(`Killed ${name} \\(pid \\d+\\), which stood by`));
    expect(again.output()).not.toContain('taken over');
  });

  it('kills nothing that is not there', async () => {
    const refused = launch(['demo', '--kill', 'engine-9']);
    expect(await refused.exitCode).toBe(1);
    expect(refused.output()).toMatch(/No process "engine-9".* There are: .*engine-1, engine-2, gateway-1, gateway-2/);
  });
});

describe('killing a process by its name', () => {
  it('leaves alone a stranger that has its pid by now', () => {
    const runDir = mkdtempSync(join(tmpdir(), 'smart-wallet-kill-'));
    const args = ['-e', 'setTimeout(() => {}, 60000)'];
    const stranger = startProgram({ name: 'stranger', args, logFile: join(runDir, 'stranger.log') });
    const processes = [{ name: 'engine-1', pid: stranger.pid }];
    writeFileSync(join(runDir, 'engine-1.process.json'), JSON.stringify({ pid: stranger.pid, startTime: 'before/1' }));
    expect(() => killProcess('engine-1', processes, runDir)).toThrow('has just ended by itself');
    expect(stranger.hasExited()).toBe(false);
    stranger.kill();
    rmSync(runDir, { recursive: true });
  });
});

/** @param {string} path @returns {Promise<any>} */
async function ask(path) {
  const { gatewayUrl, token } = stack();
  const response = await fetch(`${gatewayUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  return response.json();
}

/** Transactions that are new after a while, but for the platform's own: holds end when nothing is asked for, too. @param {number} ms */
async function committedWithin(ms) {
  const ids = async () =>
    (await ask('/api/transactions?limit=100')).items
      .filter((/** @type {any} */ { kind }) => kind !== 'EXPIRY')
      .map((/** @type {any} */ { transactionId }) => transactionId);
  const before = new Set(await ids());
  await new Promise((done) => setTimeout(done, ms));
  return (await ids()).filter((/** @type {string} */ id) => !before.has(id)).length;
}
