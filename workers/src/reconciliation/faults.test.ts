import { expect, it } from 'vitest';
import { Faults, staysSo } from './faults.js';

it('counts faults at one place of one run, however often it was taken up', () => {
  const faults = new Faults();
  const at = (listed: number, runId = 'a') => faults.count({ runId, place: { phase: 'wallets', state: {}, listed } });
  expect([at(0), at(0), at(0), at(1), at(1), at(1, 'b'), at(1, 'b')]).toEqual([1, 2, 3, 1, 2, 1, 2]);
});

it.each([
  [new Error('Connection terminated unexpectedly'), false],
  [new Error('the thread of a reconciliation ended with 1'), false],
  [Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), false],
  [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), false],
  [Object.assign(new Error('shutting down'), { code: '57P01' }), false],
  [Object.assign(new Error('permission denied'), { code: '42501' }), true],
  [Object.assign(new Error('memory'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }), true],
  [new TypeError('null is no row'), true],
  [new SyntaxError('Cannot convert x to a BigInt'), true],
])('a fault that goes away by itself fails no run: %s stays so: %s', (error, stays) => {
  expect(staysSo(error)).toBe(stays);
});
