// @ts-check
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { repoDir } from '../machine/paths.mjs';

describe('roll.mjs', () => {
  it('starts a new container of a service, and waits for it, before it stops an old one', async () => {
    const { roll } = await import(pathToFileURL(join(repoDir, 'deploy', 'compose', 'roll.mjs')).href);
    let running = ['old-1', 'old-2'];
    let made = 0;
    /** @type {number[]} */
    const counts = [];
    const states = ['0 running starting', '0 running healthy', '0 created starting', '1 running healthy'];
    const docker = async (/** @type {string[]} */ args) => {
      if (args.includes('ps')) return `${running.join('\n')}\n`;
      // What an old one says of itself counts for nothing.
      if (args[0] === 'inspect') return args.at(-1)?.startsWith('old') ? '9 running unhealthy' : states.shift();
      if (args.includes('up')) {
        expect(args).toEqual(expect.arrayContaining(['--no-recreate', '--no-deps', '--scale', 'engine=3']));
        running = [...running, `new-${++made}`];
      } else if (args[0] === 'stop') running = running.filter((id) => id !== args[1]);
      counts.push(running.length);
      return '';
    };
    expect(await roll('engine', { docker, lookEveryMs: 1 })).toBe(2);
    expect(states).toEqual([]);
    expect(running).toEqual(['new-1', 'new-2']);
    expect(Math.min(...counts)).toBe(2);
  });

  it('gives a new one its whole time, whatever Docker calls it meanwhile', async () => {
    const { roll } = await import(pathToFileURL(join(repoDir, 'deploy', 'compose', 'roll.mjs')).href);
    const states = ['0 running starting', '0 running unhealthy', '0 running unhealthy', '0 running healthy'];
    let [there, isStuck] = [['old-1'], false];
    const docker = async (/** @type {string[]} */ args) => {
      if (args.includes('ps')) return there.join('\n');
      if (args[0] === 'inspect') return isStuck ? '0 running unhealthy' : states.shift();
      if (args.includes('up')) there = [...there, 'new-1'];
      if (args[0] === 'rm') there = there.filter((id) => id !== args.at(-1));
      return '';
    };
    expect(await roll('engine', { docker, lookEveryMs: 1 })).toBe(1);
    expect(there).toEqual(['new-1']);
    [there, isStuck] = [['old-1'], true];
    await expect(roll('engine', { docker, lookEveryMs: 1, readyWithinMs: 20 })).rejects.toThrow(
      'it is running, unhealthy',
    );
    expect(there).toEqual(['old-1']);
  });

  it('leaves no container behind when it is stopped', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'smart-wallet-roll-'));
    // Of two engines, whose new one never becomes ready.
    const docker = `#!/bin/sh
echo "$*" >> ${bin}/asked
case "$*" in
  *' ps '*) cat ${bin}/there ;;
  *' up '*) echo new-1 >> ${bin}/there ;;
  inspect*) echo '0 running starting' ;;
  rm*) sed -i.bak "/$(echo "$*" | sed 's/.* //')/d" ${bin}/there ;;
esac
`;
    writeFileSync(join(bin, 'docker'), docker, { mode: 0o755 });
    writeFileSync(join(bin, 'there'), 'old-1\nold-2\n');
    const child = spawn(process.execPath, [join(repoDir, 'deploy', 'compose', 'roll.mjs'), 'engine', 'workers'], {
      env: { PATH: `${bin}:${process.env.PATH}` },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
    const asked = () => (existsSync(join(bin, 'asked')) ? readFileSync(join(bin, 'asked'), 'utf8') : '');
    await expect.poll(asked).toContain('inspect');
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
    expect(readFileSync(join(bin, 'there'), 'utf8')).toBe('old-1\nold-2\n');
    expect(said).toContain('stopped by SIGINT\nThe new one (new-1) was taken away.\nThe old ones that are left go on.');
    rmSync(bin, { recursive: true });
  });

  it('takes a new container away that does not become ready, says what it said, and leaves the old ones alone', async () => {
    const { roll } = await import(pathToFileURL(join(repoDir, 'deploy', 'compose', 'roll.mjs')).href);
    let there = ['old-1', 'old-2', 'long-stopped'];
    /** @type {string[][]} */
    const asked = [];
    let upFails = false;
    const docker = async (/** @type {string[]} */ args) => {
      asked.push(args);
      if (args.includes('ps')) return there.filter((id) => args.includes('--all') || id !== 'long-stopped').join('\n');
      if (args.includes('up')) {
        there = [...there, 'new-1'];
        if (upFails) throw Object.assign(new Error('Command failed'), { stderr: 'no such image\n' });
      }
      if (args[0] === 'inspect') return '3 restarting starting\n';
      if (args[0] === 'logs') return `bad configuration of ${args.at(-1)}\n`;
      if (args[0] === 'rm') there = there.filter((id) => id !== args.at(-1));
      return '';
    };
    await expect(roll('engine', { docker })).rejects.toThrow(
      'it is restarting, starting, started again 3 times\nThe new one said:\n  bad configuration of new-1\nThe new one (new-1) was taken away.',
    );
    expect(there).toEqual(['old-1', 'old-2', 'long-stopped']);
    expect(asked.filter(([verb]) => verb === 'stop')).toEqual([['stop', 'new-1']]);

    upFails = true;
    await expect(roll('engine', { docker })).rejects.toThrow('no such image\nThe new one said');
    expect(there).toEqual(['old-1', 'old-2', 'long-stopped']);

    const stubborn = async (/** @type {string[]} */ args) => {
      if (args[0] === 'rm') throw new Error('no such daemon');
      return docker(args);
    };
    await expect(roll('engine', { docker: stubborn })).rejects.toThrow(
      'The new one (new-1) is still there: docker rm --force new-1',
    );
  });
});
