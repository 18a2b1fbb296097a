// @ts-check
import { afterEach, expect, it, vi } from 'vitest';
import { SLA_SCRIPTS, slaOptions } from './sla-options.mjs';

afterEach(() => vi.unstubAllEnvs());

it('runs single payments on the platform that runs here', () => {
  vi.stubEnv('SLA_TOKEN', 'of another platform');
  expect(slaOptions([])).toEqual({ script: 'single' });
  for (const script of SLA_SCRIPTS) expect(slaOptions([script])).toEqual({ script });
});

it('takes options with and without =', () => {
  expect(slaOptions(['spike', '--rate', '50', '--duration=1h30m'])).toEqual({
    ...{ script: 'spike', rate: 50, duration: '1h30m' },
  });
  expect(slaOptions(['--url=https://w.example/a=b', '--token', 't', 'batch', '--out', 'x'])).toEqual({
    ...{ script: 'batch', url: 'https://w.example/a=b', token: 't', out: 'x' },
  });
  vi.stubEnv('SLA_TOKEN', 'from the environment');
  expect(slaOptions(['--url', 'http://w'])).toMatchObject({ token: 'from the environment' });
});

it.each([
  [['double'], 'runs single, batch'],
  [['--rate', '0'], '--rate takes'],
  [['--rate', '1e3'], '--rate takes'],
  [['--rate', '0.5'], '--rate takes calls per second, a whole number from 1 to 20000'],
  [['--rate', '20001'], '--rate takes'],
  [['--rate'], '--rate takes'],
  [['--duration', '60'], '--duration takes'],
  [['--duration', '0s'], '--duration takes'],
  [['--url', 'wallet.example'], '--url takes'],
  [['--url', 'http://w'], 'needs a service token'],
  [['--token', 't'], 'belongs to --url'],
  [['--out'], '--out takes a value'],
  [['--fast'], 'does not know "--fast"'],
])('refuses %j', (args, message) => {
  expect(() => slaOptions(args)).toThrow(message);
});

it('sees options that npm took for its own', () => {
  vi.stubEnv('npm_config_rate', '50');
  expect(() => slaOptions(['50'])).toThrow('Put -- before the options');
});
