import { expect, test } from 'vitest';
import { readOptions, UsageError } from './options.js';

test('a comparison of builds measures uniform payments in six pairs, in the cases that a build itself serves', () => {
  expect(readOptions(['--against', '/before'])).toEqual({
    what: 'against',
    json: undefined,
    folder: '/before',
    options: {
      cases: ['engine', 'httpBatch', 'http', 'mixed'],
      workloads: ['uniform'],
      pairs: 6,
      measureMs: 2_000,
      warmUpMs: 4_000,
      asService: false,
    },
  });
});

test('merchant and pair take part where they are asked for', () => {
  expect(readOptions(['--against', '/before', '--workload', 'pair,merchant', '--pairs', '2'])).toMatchObject({
    options: { workloads: ['merchant', 'pair'], pairs: 2 },
  });
});

test('this build can be asked by a service of an identity provider', () => {
  expect(readOptions(['--against', '/before', '--as-service'])).toMatchObject({ options: { asService: true } });
});

test.each([
  [['--as-service'], '--as-service goes with --against'],
  [['--pairs', '3'], '--pairs goes with --against or --grown'],
  [['--board', '--pairs', '3'], 'not with --pairs'],
  [['--against', '/before', '--board'], 'not with --board'],
  [['--against', '/before', '--rounds', '3'], 'not with --rounds'],
  [
    ['--keys', '0,10', '--seconds', '3', '--only', 'raw'],
    '--keys goes with --rounds, --json, not with --seconds, --only',
  ],
  [['--keys', '0', '--quick'], 'not with --quick'],
  [['--board', '--workload', 'pair'], 'not with --workload'],
  [['--relay', '--only', 'http'], 'not with --only'],
  [['--against', '/before', '--only', 'raw'], 'raw is not one of engine, httpBatch, http, mixed'],
  [['--against', '/before', '--pairs', 'many'], '--pairs: many is not a number above 0'],
  [['--keys', '30,10'], '30,10 is no ascending list'],
  [['--keys', '1000'], 'up to 100'],
  [['--grown', '1m', '--only', 'http'], '--grown goes with --pairs, --seconds, --json, not with --only'],
  [['--bogus'], 'See: npm run bench -- --help'],
])('%j is refused with what is wrong', (args, message) => {
  expect(() => readOptions(args)).toThrow(UsageError);
  expect(() => readOptions(args)).toThrow(message);
});

test.each([
  ['10m', 10_000_000],
  ['100k', 100_000],
  ['1.5M', 1_500_000],
  ['2000', 2_000],
])('a ledger of %s is one of %i payments', (grown, payments) => {
  expect(readOptions(['--grown', grown, '--pairs', '2'])).toMatchObject({
    what: 'grown',
    options: { payments, pairs: 2 },
  });
});

test.each(['0', '999', '1g', 'k', '101m', '1.0005k', '-5m'])('a ledger of %s is refused', (grown) => {
  expect(() => readOptions([`--grown=${grown}`])).toThrow('is no number of payments from 1k to 100m');
});

test('help is told from a measurement', () => {
  expect(readOptions(['--help'])).toBeNull();
});
