import { expect, it } from 'vitest';
import { changeWords } from './change-words.js';

it.each([
  [{ status: 'ACTIVE', version: 1 }, { status: 'SUSPENDED', version: 1 }, 'status ACTIVE \u2192 SUSPENDED'],
  [null, { role: 'viewer' }, 'role viewer'],
  [{ limit: '5.00' }, null, 'limit 5.00 \u2192 \u2013'],
  [{ limits: { out: 1 } }, { limits: { out: null } }, 'limits {"out":1} \u2192 {"out":null}'],
  [null, null, ''],
])('%j and %j read as %s', (before, after, words) => expect(changeWords(before, after)).toBe(words));
