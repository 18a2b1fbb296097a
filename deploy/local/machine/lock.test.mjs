// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { identify } from './identity.mjs';
import { acquireLock, lockHolder } from './lock.mjs';

const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a lock', () => {
  it('is refused to a second start, and says who holds it', () => {
    const file = join(folder, 'held');
    const lock = acquireLock(file, { user: 'ada' });
    expect(lock.holder).toBeNull();
    expect(acquireLock(file).holder).toMatchObject({ pid: process.pid, user: 'ada' });
    expect(statSync(file).mode & 0o777).toBe(0o644);
    if (!lock.holder) lock.release();
    expect(lockHolder(file)).toBeNull();
  });

  it('does not block when its holder has gone', async () => {
    const file = join(folder, 'gone');
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    writeFileSync(file, JSON.stringify(identify(child.pid ?? 0)));
    expect(acquireLock(file).holder).toMatchObject({ pid: child.pid });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(acquireLock(file).holder).toBeNull();
  });

  it('does not block when the pid of its holder belongs to another process now', () => {
    const file = join(folder, 'reused');
    writeFileSync(file, JSON.stringify({ pid: process.pid, startTime: 'another boot/1' }));
    expect(acquireLock(file).holder).toBeNull();
  });

  it('does not block when it is half written', () => {
    const file = join(folder, 'half');
    writeFileSync(file, '{"pid":');
    expect(acquireLock(file).holder).toBeNull();
  });

  it('is not kept from everybody by who crashed while clearing it', () => {
    const file = join(folder, 'crashed');
    writeFileSync(file, JSON.stringify({ pid: 1, startTime: 'long ago' }));
    mkdirSync(`${file}.clearing`);
    utimesSync(`${file}.clearing`, 0, 0);
    expect(acquireLock(file).holder).toBeNull();
  });

  it('goes to one of many that find it stale at once', async () => {
    const file = join(folder, 'race');
    writeFileSync(file, JSON.stringify({ pid: 1, startTime: 'long ago' }));
    const script = `const { acquireLock } = await import(${JSON.stringify(join(import.meta.dirname, 'lock.mjs'))});
      console.log(acquireLock(${JSON.stringify(file)}).holder ? 'refused' : 'won');
      process.stdin.resume();`;
    const starts = Array.from({ length: 6 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]));
    const answers = await Promise.all(
      starts.map(async (child) => String((await once(child.stdout, 'data'))[0]).trim()),
    );
    expect(answers.sort()).toEqual(['refused', 'refused', 'refused', 'refused', 'refused', 'won']);
    for (const child of starts) child.stdin.end();
  });
});
