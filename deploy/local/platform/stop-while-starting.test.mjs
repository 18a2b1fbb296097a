// @ts-check
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { isAlive } from '../machine/identity.mjs';
import { deleteData } from '../servers/postgres-data.mjs';
import { envWithoutServers } from './env-without-servers.mjs';
import { startPlatform } from './platform.mjs';

const dataDir = mkdtempSync(join(tmpdir(), 'smart-wallet-stop-'));
chmodSync(dataDir, 0o755);
afterAll(() => {
  deleteData(join(dataDir, 'postgres'));
  rmSync(dataDir, { recursive: true, force: true });
});

it('a stop while the mail inbox starts leaves no mail inbox behind, and starts nothing more', async () => {
  const stopRequest = new AbortController();
  const record = join(dataDir, 'run', 'mail.process.json');
  /** @type {string[]} */
  const mails = [];
  const watch = setInterval(() => {
    if (!existsSync(record) || mails.length > 0) return;
    mails.push(readFileSync(record, 'utf8'));
    stopRequest.abort();
  }, 2);
  const options = { env: envWithoutServers(), dataDir, engines: 1, mailInbox: true, workers: 1 };
  try {
    await expect(startPlatform({ ...options, signal: stopRequest.signal })).rejects.toThrow(
      'Stopped before it was ready',
    );
  } finally {
    clearInterval(watch);
  }
  expect(mails).toHaveLength(1);
  expect(mails.map((each) => isAlive(JSON.parse(each)))).toEqual([false]);
  await new Promise((done) => setTimeout(done, 1_000)); // longer than it takes to start one again
  expect(existsSync(record)).toBe(false);
  expect(existsSync(join(dataDir, 'run', 'workers.process.json'))).toBe(false);
}, 120_000);
