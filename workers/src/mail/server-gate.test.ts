import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { ServerGate } from './server-gate.js';

const log = pino({ level: 'silent' });

test('mails wait while the server is away, and all go on when it is back, after few probes', async () => {
  vi.useFakeTimers();
  try {
    let trouble: unknown = null;
    let probes = 0;
    const gate = new ServerGate(async () => {
      probes++;
      return trouble;
    }, log);
    expect(await gate.isServerThere()).toBe(true);
    expect(await gate.open(0)).toBe(true);

    trouble = new Error('ECONNREFUSED');
    expect(await gate.isServerThere()).toBe(false);
    const [short, long] = [gate.open(1_000), gate.open(3_600_000)];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await short).toBe(false);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(probes).toBeLessThan(80);
    trouble = null;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await long).toBe(true);
    expect(gate.isOpen).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

test('who waits is let go when this stops', async () => {
  const gate = new ServerGate(async () => new Error('away'), log);
  await gate.isServerThere();
  const waiting = gate.open(60_000);
  gate.stop();
  expect(await waiting).toBe(false);
});
