// @ts-check
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isAlive } from '../machine/identity.mjs';
import { freePort, nextFreePort } from '../machine/ports.mjs';
import { readableLog } from './log-lines.mjs';
import { rotateLog, startProgram, stopLeftovers } from './program.mjs';
import { supervise } from './supervise.mjs';

const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-program-'));
afterAll(() => rmSync(folder, { recursive: true }));
const logFile = join(folder, 'program.log');
const SLEEP = ['-e', 'setTimeout(() => {}, 60000)'];

describe('a program', () => {
  it('that cannot be started says so', async () => {
    const program = startProgram({ name: 'nothing', command: '/does/not/exist', args: [], logFile });
    expect((await program.exited).error?.message).toContain('ENOENT');
  });

  it('that ignores a request to stop is killed when its time is over', async () => {
    const args = ['-e', 'process.on("SIGTERM", () => {}); console.log("up"); setTimeout(() => {}, 60000)'];
    const program = startProgram({ name: 'stubborn', args, logFile });
    await expect.poll(() => program.logEnd()).toContain('up');
    expect(await program.stop({ timeoutMs: 100 })).toMatchObject({ signal: 'SIGKILL' });
  });

  it('that was paused still hears a request to stop', async () => {
    const program = startProgram({ name: 'paused', args: SLEEP, logFile });
    program.kill('SIGSTOP');
    expect(await program.stop()).toMatchObject({ signal: 'SIGTERM' });
  });

  it('left by a killed start is stopped by pid and start time, and a stranger with its pid is not', async () => {
    const runDir = join(folder, 'run');
    const program = startProgram({ name: 'left', args: SLEEP, logFile, runDir });
    const record = readFileSync(join(runDir, 'left.process.json'), 'utf8');
    const stranger = startProgram({ name: 'stranger', args: SLEEP, logFile });
    const claim = { pid: stranger.pid, startTime: 'another boot/1', stopSignal: 'SIGTERM' };
    writeFileSync(join(runDir, 'stranger.process.json'), JSON.stringify(claim));

    expect(await stopLeftovers(runDir)).toEqual(['left']);
    expect(isAlive(JSON.parse(record))).toBe(false);
    expect(await program.exited).toMatchObject({ signal: 'SIGTERM' });
    expect(stranger.hasExited()).toBe(false);
    stranger.kill();
  });

  it('keeps a few logs of earlier runs', () => {
    const log = join(folder, 'many.log');
    for (let run = 1; run <= 7; run += 1) {
      rotateLog(log);
      writeFileSync(log, `run ${run}`);
    }
    expect(readFileSync(`${log}.1`, 'utf8')).toBe('run 6');
    expect(readFileSync(`${log}.4`, 'utf8')).toBe('run 3');
    expect(existsSync(`${log}.5`)).toBe(false);
    writeFileSync(log, '');
    rotateLog(log);
    expect(existsSync(log)).toBe(false);
    expect(readFileSync(`${log}.1`, 'utf8')).toBe('run 6');
  });
});

describe('supervision', () => {
  it('gives up waiting as soon as the program has ended, with the end of its log', async () => {
    const service = supervise({
      name: 'broken',
      logFile,
      launch: () =>
        startProgram({ name: 'broken', args: ['-e', 'console.log("no such setting"); process.exit(3)'], logFile }),
      probe: () => Promise.reject(new Error('not yet')),
      restart: true,
      onIncident: () => {},
    });
    const startedAt = performance.now();
    await expect(service.start()).rejects.toThrow(/exit code 3.*no such setting/s);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it('leaves down what dies when it shall not restart', async () => {
    /** @type {string[]} */
    const incidents = [];
    const service = supervise({
      name: 'mortal',
      logFile,
      launch: () => startProgram({ name: 'mortal', args: SLEEP, logFile }),
      probe: async () => {},
      restart: false,
      onIncident: ({ kind, message, logEnd }) => void incidents.push(`${kind}: ${message}${logEnd}`),
    });
    await service.start();
    process.kill(service.pid() ?? 0, 'SIGKILL');
    await expect.poll(() => incidents).toEqual(['died: mortal was ended by SIGKILL']);
    await new Promise((done) => setTimeout(done, 500));
    expect(service.pid()).toBeNull();
  });
});

describe('a log', () => {
  it('is read as text: time, level, message and what tells it from others', () => {
    const record = { level: 40, time: '2026-01-02T03:04:05.678Z', route: '/api/payments', status: 503, msg: 'refused' };
    const log = `plain\n${JSON.stringify({ ...record, err: { message: 'no owner' } })}\n{"half`;
    expect(readableLog(log)).toBe(
      'plain\n03:04:05.678 warn  refused: no owner (route /api/payments, status 503)\n{"half',
    );
  });
});

describe('ports', () => {
  it('are found beside those that are taken', async () => {
    const first = await freePort();
    const server = createServer();
    await new Promise((done) => server.listen(first, '127.0.0.1', () => done(null)));
    expect(await freePort(first)).not.toBe(first);
    expect(await nextFreePort(first)).toBeGreaterThan(first);
    await new Promise((done) => server.close(done));
    expect(await freePort(first)).toBe(first);
    expect(await freePort(first, new Set([first]))).not.toBe(first);
  });
});
