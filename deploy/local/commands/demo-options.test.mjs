// @ts-check
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSteering, STEERING_DEFAULT, writeSteering } from '../demo/demo-steering.mjs';
import { demoOptions } from './demo-options.mjs';
import { startOptions } from './options.mjs';

describe('the options of npm run demo', () => {
  it('are read in every usual form', () => {
    expect(demoOptions([])).toEqual({});
    expect(demoOptions(['--rate', '500', '--failures', '2%'])).toEqual({ rate: 500, failurePercent: 2 });
    expect(demoOptions(['--rate=0', '--failures=0.5'])).toEqual({ rate: 0, failurePercent: 0.5 });
    expect(demoOptions(['--kill', 'engine-1'])).toEqual({ kill: 'engine-1' });
  });

  it.each([
    [['--rate', '20001'], '--rate'],
    [['--rate', '-1'], '--rate'],
    [['--rate', '1e3'], '--rate'],
    [['--rate', ''], '--rate'],
    [['--rate'], '--rate'],
    [['--failures', '101%'], '--failures'],
    [['--failures', 'many'], '--failures'],
    [['--kill', '../x'], '--kill'],
    [['--kill'], '--kill'],
    [['--rte', '5'], '--rte'],
    [['5'], '"5"'],
  ])('%j are refused by name', (args, named) => {
    expect(() => demoOptions(args)).toThrow(named);
  });

  it('that npm took for its own are missed', () => {
    process.env.npm_config_rate = '500';
    expect(() => demoOptions([])).toThrow('npm run demo -- --rate');
    delete process.env.npm_config_rate;
  });
});

describe('the options of npm start', () => {
  it('say how many there are, and what is left out', () => {
    expect(startOptions([])).toEqual({ engines: 2, gateways: 1, restart: true, demo: true, workers: true });
    const args = ['--engines=3', '--gateways', '2', '--no-demo', '--no-workers', '--no-restart'];
    expect(startOptions(args)).toEqual({ engines: 3, gateways: 2, restart: false, demo: false, workers: false });
  });

  it('are read where npm took them for its own', () => {
    process.env.npm_config_gateways = 'true';
    process.env.npm_config_demo = '';
    expect(startOptions(['2'])).toMatchObject({ gateways: 2, demo: false });
    delete process.env.npm_config_gateways;
    delete process.env.npm_config_demo;
  });

  it.each([
    [['--gateways', '9'], '--gateways'],
    [['--gateways', '0'], '--gateways'],
    [['--engines', 'two'], '--engines'],
    [['--no-dmo'], '--no-dmo'],
    [['2'], '"2"'],
  ])('%j are refused by name', (args, named) => {
    expect(() => startOptions(args)).toThrow(named);
  });
});

describe('the file that steers demo traffic', () => {
  const folder = mkdtempSync(join(tmpdir(), 'smart-wallet-steering-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'demo.json');

  it('says what was written, and the defaults before', () => {
    expect(readSteering(file)).toEqual(STEERING_DEFAULT);
    writeSteering(file, { rate: 12.5, failurePercent: 100 });
    expect(readSteering(file)).toEqual({ rate: 12.5, failurePercent: 100 });
  });

  it.each(['', '{', 'null', '{"rate":5}', '{"rate":-1,"failurePercent":1}', '{"rate":5,"failurePercent":"1"}'])(
    'is refused with %j in it',
    (text) => {
      writeFileSync(file, text);
      expect(() => readSteering(file)).toThrow(/demo\.json: (rate|failurePercent) must be/);
    },
  );
});
