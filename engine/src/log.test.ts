import { expect, it } from 'vitest';
import { openLog } from './log.js';

it('a refused login is logged without the password, which the Redis client hangs onto its error', () => {
  const error = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['engine', 'hunter2'] } });
  const lines: string[] = [];
  const log = openLog('info', { write: (line) => void lines.push(line) });
  log.warn({ err: error });
  log.warn({ err: new Error('x', { cause: error }) });
  log.warn({ err: Object.assign(new Error('bad'), { input: 'redis://:hunter2@cache', errors: [error] }) });
  expect(lines.join()).toContain('WRONGPASS');
  expect(lines.join()).toContain('"command":{"name":"auth"}');
  expect(lines.join()).not.toContain('hunter2');
});
