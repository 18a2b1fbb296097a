import { expect, it } from 'vitest';
import { NotReadyError, probeTimeoutMs, ReadinessCheck, readinessKeptMs } from './readiness.js';

const probe = (check: () => Promise<void>, name = 'postgres') => ({ name, optional: false, check });

it('many who ask at once have each server asked once, and not again at once', async () => {
  let asked = 0;
  const readiness = new ReadinessCheck([probe(async () => void asked++)]);
  const answers = await Promise.all(Array.from({ length: 500 }, () => readiness.run()));
  expect([asked, new Set(answers.map(({ status }) => status))]).toEqual([1, new Set(['ready'])]);
  await readiness.run();
  expect(asked).toBe(1);
  await new Promise((over) => setTimeout(over, readinessKeptMs + 20));
  await readiness.run();
  expect(asked).toBe(2);
});

it('says to everybody which server does not answer, and to the log alone what it said', async () => {
  const told: object[] = [];
  const log = { warn: (facts: object) => void told.push(facts) };
  const error = new Error('password authentication failed for user "wallet_gateway" at 10.0.0.3');
  const fails = () => Promise.reject(error);
  const readiness = new ReadinessCheck(
    [probe(fails), probe(() => Promise.reject(new NotReadyError('3 without a live owner: 1, 2, 3')), 'partitions')],
    log,
  );
  for (let i = 0; i < 3; i++) {
    expect(await readiness.run()).toMatchObject({
      ready: false,
      checks: { postgres: 'does not answer', partitions: '3 without a live owner: 1, 2, 3' },
    });
    await new Promise((over) => setTimeout(over, readinessKeptMs + 20));
  }
  expect(told).toEqual([{ err: error, probe: 'postgres' }]);
});

it('a server that hangs is not waited for', async () => {
  const readiness = new ReadinessCheck([probe(() => new Promise(() => {}))]);
  expect((await readiness.run()).checks).toEqual({ postgres: `no answer within ${probeTimeoutMs} ms` });
});

it('a gateway that stops says so at once', async () => {
  const readiness = new ReadinessCheck([probe(async () => {})]);
  await readiness.run();
  readiness.stopping = true;
  expect(await readiness.run()).toMatchObject({ ready: false, status: 'stopping' });
});
