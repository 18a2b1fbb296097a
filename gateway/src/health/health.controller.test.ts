import { expect, it } from 'vitest';
import { startTestApp } from '../testing/test-app.js';
import { NotReadyError, ReadinessCheck, readinessKeptMs } from './readiness.js';

it('a gateway without some engines is unready for people, and stays where traffic goes', async () => {
  let problem: Error | null = null;
  const check = () => (problem ? Promise.reject(problem) : Promise.resolve());
  const readiness = new ReadinessCheck([{ name: 'partitions', optional: false, check }]);
  const app = await startTestApp({ readiness });
  const ask = async (path: string) => {
    const answer = await app.http.inject({ method: 'GET', url: path });
    return [answer.statusCode, answer.json().status];
  };
  expect(await ask('/health/ready?for=traffic')).toEqual([200, 'ready']);
  problem = new NotReadyError('1 without a live owner: 7', { partly: true });
  await new Promise((over) => setTimeout(over, readinessKeptMs + 20));
  expect(await ask('/health/ready')).toEqual([503, 'unready']);
  expect(await ask('/health/ready?for=traffic')).toEqual([200, 'unready']);
  expect(await ask('/health/ready?for=trafic')).toEqual([400, 400]);
  readiness.stopping = true;
  expect(await ask('/health/ready?for=traffic')).toEqual([503, 'stopping']);
  await app.close();
});
