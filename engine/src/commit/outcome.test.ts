import pg from 'pg';
import { expect, test } from 'vitest';
import { WarnedAtCommit } from '../database.js';
import { classifyFailure } from './outcome.js';

function databaseError(code: string, fields: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('', 0, 'error'), { severity: 'ERROR', code, ...fields });
}

test.each([
  ['SW001', { detail: '[3,9]' }, { outcome: 'FENCED', partitions: [3, 9] }],
  ['SW002', { detail: '["a"]' }, { outcome: 'GUARD_FAILED', ids: ['a'] }],
  ['SW004', {}, { outcome: 'TOO_LATE' }],
  [
    'SW005',
    { detail: '["00000000-0000-0000-0000-00000000000a"]' },
    { outcome: 'KEYS_KNOWN', keyDigests: ['0000000000000000000000000000000a'] },
  ],
  ['SW006', {}, { outcome: 'BAD_DATA' }],
  ['23505', { constraint: 'idempotency_keys_pkey' }, { outcome: 'SEND_AGAIN' }],
  ['23505', { constraint: 'transactions_pkey' }, { outcome: 'BAD_DATA' }],
  ['23514', { constraint: 'transactions_check' }, { outcome: 'BAD_DATA' }],
  ['23514', {}, { outcome: 'NO_RESOURCES', code: '23514' }],
  ['22P05', {}, { outcome: 'BAD_DATA' }],
  ['40001', {}, { outcome: 'SEND_AGAIN' }],
  ['40P01', {}, { outcome: 'SEND_AGAIN' }],
  ['55P03', {}, { outcome: 'LOCKED' }],
  ['53100', {}, { outcome: 'NO_RESOURCES', code: '53100' }],
  ['25006', {}, { outcome: 'NO_RESOURCES', code: '25006' }],
  ['42501', {}, { outcome: 'NO_RESOURCES', code: '42501' }],
  ['SW003', {}, { outcome: 'UNKNOWN' }],
  ['57014', {}, { outcome: 'SEND_AGAIN' }],
  ['08006', {}, { outcome: 'UNKNOWN' }],
  ['XX000', {}, { outcome: 'BAD_DATA' }],
  ['XX001', {}, { outcome: 'BAD_DATA' }],
  ['40003', {}, { outcome: 'UNKNOWN' }],
])('%s %j', (code, fields, outcome) => {
  expect(classifyFailure(databaseError(code, fields))).toEqual(outcome);
});

test('a FATAL error is never a certain one, whatever its code', () => {
  expect(classifyFailure(databaseError('53300', { severity: 'FATAL' }))).toEqual({ outcome: 'UNKNOWN' });
});

test.each([new Error('Connection terminated'), new WarnedAtCommit('canceling wait'), 'anything'])(
  '%s is unknown',
  (error) => {
    expect(classifyFailure(error)).toEqual({ outcome: 'UNKNOWN' });
  },
);
