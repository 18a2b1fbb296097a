// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsOfReadme } from '../drills/compose/back-to-backup.mjs';

describe('the backup of deploy/README.md', () => {
  it.for(
    /** @type {[string, string, Record<string, string>][]} */ ([
      ['a whole one', 'echo the-ledger', { 'wallet.dump': 'the-ledger\n' }],
      ['none where it breaks off', 'echo half-a-ledger; exit 1', { 'wallet.dump.part': 'half-a-ledger\n' }],
    ]),
  )('is %s, which nobody else reads', ([, script, files]) => {
    const place = mkdtempSync(join(tmpdir(), 'smart-wallet-backup-'));
    const bin = join(place, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    spawnSync('bash', ['-c', commandsOfReadme().backUp], {
      ...{ cwd: place, env: { PATH: `${bin}:${process.env.PATH}` } },
    });
    const made = readdirSync(place).filter((name) => name !== 'bin');
    expect(Object.fromEntries(made.map((name) => [name, readFileSync(join(place, name), 'utf8')]))).toEqual(files);
    for (const name of made) expect(statSync(join(place, name)).mode & 0o777).toBe(0o600);
    rmSync(place, { recursive: true });
  });
});
