import { expect, it } from 'vitest';
import { NotReadyError, ReadinessCheck, readinessKeptMs } from '../health/readiness.js';
import { startTestApp } from '../testing/test-app.js';

it('a gateway that takes traffic and has lost a server says so at each scrape', async () => {
  const away = new Set<string>();
  let asked = 0;
  const probe = (name: string) => ({
    ...{ name, optional: name === 'redis' },
    check: async () => {
      asked += 1;
      if (away.has(name))
        throw name === 'partitions' ? new NotReadyError('64 without a live owner') : new Error('away');
    },
  });
  const readiness = new ReadinessCheck(['postgres', 'nats', 'partitions', 'redis'].map(probe));
  const app = await startTestApp({ readiness });
  const connected = async () => {
    const { body } = await app.http.inject({ method: 'GET', url: '/metrics' });
    return Object.fromEntries(
      [...body.matchAll(/^wallet_gateway_connected\{server="(\w+)"\} (\d)$/gm)].map(([, server, is]) => [server, is]),
    );
  };
  expect(await connected()).toEqual({ postgres: '1', nats: '1', redis: '1' });
  for (const name of ['nats', 'redis', 'partitions']) away.add(name);
  await new Promise((over) => setTimeout(over, readinessKeptMs + 20));
  expect(await connected()).toEqual({ postgres: '1', nats: '0', redis: '0' });
  expect((await app.http.inject({ method: 'GET', url: '/health/ready?for=traffic' })).statusCode).toBe(200);
  away.clear();
  await new Promise((over) => setTimeout(over, readinessKeptMs + 20));
  expect(await connected()).toEqual({ postgres: '1', nats: '1', redis: '1' });
  // Whoever scrapes without end asks no server without end, and a call asks none.
  const before = asked;
  await Promise.all(Array.from({ length: 20 }, () => app.http.inject({ method: 'GET', url: '/health/live' })));
  expect(asked).toBe(before);
  await app.close();
});
