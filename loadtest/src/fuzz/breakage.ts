import fc from 'fast-check';
import type { Draft } from './draft.js';

/** One way to spoil a request. */
export interface Breakage {
  name: string;
  /** Framing that HTTP does not allow: the connection may be closed after the answer, and a general client cannot send it. */
  breaksFraming?: true;
  apply(draft: Draft): void;
}

export const breakage = (name: string, apply: (draft: Draft) => void): fc.Arbitrary<Breakage> =>
  fc.constant({ name, apply });

/** From 0 up to 1, each as likely: a place in something whose size is known once the request is put together. */
export const place = fc.noBias(fc.nat(999_999)).map((n) => n / 1_000_000);

export const oddTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfff',
  '\u202eelbisrever\u202c',
  '\u200b\u200d\ufeff',
  'e\u0301\u0323'.repeat(50),
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '\u2028\u2029\r\n\t',
  "'; DROP TABLE wallets; --",
  '$'.concat('{jndi:ldap://x}'),
  '<script>alert(1)</script>',
  '../../etc/passwd',
  'null',
  'NaN',
  '__proto__',
  '1e309',
  '-0',
  '00000000-0000-0000-0000-000000000000',
  '9'.repeat(40),
  '9999-12-31T23:59:59.999999999Z',
  '2026-02-30T25:61:61Z',
  '\u0661\u0662',
];
