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

it('takes traffic from when it first finds its servers until it stops, whatever they do meanwhile', async () => {
  let unowned = 64;
  let isUp = false;
  const readiness = new ReadinessCheck([
    probe(() => (isUp ? Promise.resolve() : Promise.reject(new Error('away')))),
    probe(async () => {
      if (unowned > 0) throw new NotReadyError(`${unowned} without a live owner`, { partly: unowned < 64 });
    }, 'partitions'),
  ]);
  const next = async () => {
    await new Promise((over) => setTimeout(over, readinessKeptMs + 20));
    const { ready, takesTraffic, status } = await readiness.run();
    return [ready, takesTraffic, status];
  };
  expect(await next()).toEqual([false, false, 'unready']);
  isUp = true;
  expect(await next()).toEqual([false, false, 'unready']);
  // One partition of many that has no engine keeps no gateway from the wallets of the others.
  unowned = 1;
  expect(await next()).toEqual([false, true, 'unready']);
  unowned = 0;
  expect(await next()).toEqual([true, true, 'ready']);
  isUp = false;
  unowned = 64;
  expect(await next()).toEqual([false, true, 'unready']);
  readiness.stopping = true;
  expect(await next()).toEqual([false, false, 'stopping']);
});
