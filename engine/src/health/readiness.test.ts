import { expect, test } from 'vitest';
import { readinessOf } from './readiness.js';

const well = { started: true, stopping: false, databaseAnswers: true, natsConnected: true, redisConnected: true };

test('an engine with everything at hand is ready', () => {
  expect(readinessOf(well)).toEqual({
    ready: true,
    status: 'ready',
    checks: { database: 'ok', nats: 'ok', redis: 'ok' },
  });
});

test('an engine without Redis is ready: owners go on', () => {
  expect(readinessOf({ ...well, redisConnected: false })).toMatchObject({ ready: true, status: 'degraded' });
});

test.each([
  [{ started: false }, 'starting'],
  [{ stopping: true }, 'stopping'],
  [{ databaseAnswers: false }, 'unready'],
  [{ natsConnected: false }, 'unready'],
])('an engine with %o is not ready: %s', (signs, status) => {
  expect(readinessOf({ ...well, ...signs })).toMatchObject({ ready: false, status });
});
