// @ts-check
import { expect, it } from 'vitest';
import { sharedBuffers } from './shared-buffers.mjs';

const GIGABYTE = 1024 ** 3;

it('gives Postgres an eighth of the memory, within bounds', () => {
  expect(sharedBuffers(24 * GIGABYTE)).toBe('3072MB');
  expect(sharedBuffers(8 * GIGABYTE)).toBe('1024MB');
  expect(sharedBuffers(2 * GIGABYTE)).toBe('512MB');
  expect(sharedBuffers(256 * GIGABYTE)).toBe('4096MB');
});
