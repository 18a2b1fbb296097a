import fc from 'fast-check';
import { type Breakage, breakage, oddTexts, place } from './breakage.js';
import type { Draft } from './draft.js';

/* What may be wrong with an address: its path, its parameters, its cursor. */

const odd = fc.constantFrom(...oddTexts, 'x'.repeat(600), 'x'.repeat(9_000));

const otherParameter = fc.tuple(place, odd).map(
  ([at, value]): Breakage => ({
    name: `a parameter is ${JSON.stringify(value.slice(0, 30))}`,
    apply(draft) {
      const one = draft.query[Math.floor(at * draft.query.length)];
      if (one) one[1] = value;
      else draft.query.push(['limit', value]);
    },
  }),
);

const repeated = place.map(
  (at): Breakage => ({
    name: 'a parameter comes twice',
    apply(draft) {
      draft.query.push([...(draft.query[Math.floor(at * draft.query.length)] ?? ['limit', '1'])]);
    },
  }),
);

const extraNames = [
  'extra',
  'limit[]',
  'limit[a]',
  '__proto__',
  'constructor',
  'cursor',
  'limit',
  '',
  'status',
  '\0',
  'toString',
];
const extra = fc.tuple(fc.constantFrom(...extraNames), odd).map(
  ([name, value]): Breakage => ({
    name: `a parameter too many: ${JSON.stringify(name)}`,
    apply: ({ query }) => void query.push([name, value]),
  }),
);

const alteredCursor = fc.tuple(place, fc.constantFrom('A', '_', '=', '%', '')).map(
  ([at, letter]): Breakage => ({
    name: 'the cursor is altered',
    apply({ query }) {
      const cursor = query.find(([name]) => name === 'cursor');
      if (!cursor) return void query.push(['cursor', 'eyJhdCI6bnVsbH0']);
      const cut = Math.floor(at * cursor[1].length);
      cursor[1] = cursor[1].slice(0, cut) + letter + cursor[1].slice(cut + 1);
    },
  }),
);

/** Decodes to what a cursor is made of, with a place of the wrong kind. */
const forgedCursor = fc.constantFrom('{}', '{"at":{},"of":"x"}', '{"at":"1e9","of":null}', '[1]', '"x"', '\0').map(
  (text): Breakage => ({
    name: `the cursor is ${text}`,
    apply: ({ query }) => void query.push(['cursor', Buffer.from(text).toString('base64url')]),
  }),
);

const rawQueries = [
  '%',
  '%zz',
  '%00',
  '%ff%fe',
  'a=%',
  '&&&',
  '=',
  '?',
  'a=b=c',
  '+',
  'limit=1;from=2',
  '%5f%5fproto%5f%5f=1',
  'limit=%31',
  '#x',
  'limit=1#',
];
const rawQuery = fc.constantFrom(...rawQueries).map(
  (text): Breakage => ({
    name: `the query is ${text}`,
    apply(draft) {
      draft.rawQuery = text;
    },
  }),
);

const paths: [string, (path: string) => string][] = [
  ['with a bad escape', (path) => path.replace(/[^/]+$/, '%zz')],
  ['with half an escape', (path) => `${path}%`],
  ['with an escaped zero', (path) => path.replace(/[^/]+$/, '%00')],
  ['with bytes that are no text', (path) => path.replace(/[^/]+$/, '%ff%fe%c0')],
  ['with an escaped slash', (path) => path.replace(/\/([^/]+)$/, '%2F$1')],
  ['with dots', (path) => `${path}/../../metrics`],
  ['with escaped dots', (path) => `${path}/%2e%2e/%2e%2e`],
  ['with a slash at its end', (path) => `${path}/`],
  ['with two slashes', (path) => path.replace('/', '//')],
  ['in capitals', (path) => path.toUpperCase()],
  ['with a part of 300', (path) => path.replace(/[^/]+$/, 'a'.repeat(300))],
  ['of 9,000', (path) => `${path}/${'b/'.repeat(4_500)}`],
  ['of 40,000', (path) => `${path}/${'c'.repeat(40_000)}`],
  ['with a matrix', (path) => `${path};x=1`],
  ['with a backslash', (path) => path.replaceAll('/', '\\')],
  ['escaped', (path) => path.replace('/api', '/%61pi')],
  ['a star', () => '*'],
  ['absolute', (path) => `http://wallet.test${path}`],
  ['absolute, elsewhere', () => 'ftp://x/y'],
  ['empty', () => ''],
  ['not ASCII', (path) => `${path}\u00e4`],
  ['with an id that is none', (path) => path.replace(/[0-9a-f-]{36}/, 'me')],
  ['with an id in capitals', (path) => path.replace(/[0-9a-f-]{36}/, (id) => id.toUpperCase())],
  ['with a name that every object has', (path) => path.replace(/[^/]+$/, 'constructor')],
  ['of the pages', () => '/assets/%2e%2e/%2e%2e/package.json'],
];
const otherPath = fc.constantFrom(...paths).map(
  ([name, change]): Breakage => ({
    name: `the path is ${name}`,
    apply(draft) {
      draft.path = change(draft.path);
    },
  }),
);

const manyParameters = breakage('3,000 parameters', (draft: Draft) => {
  draft.query = Array.from({ length: 3_000 }, (_one, i) => [`p${i}`, '1']);
});

export const queryBreakages = fc.oneof(
  { weight: 4, arbitrary: otherParameter },
  { weight: 1, arbitrary: repeated },
  { weight: 2, arbitrary: extra },
  { weight: 2, arbitrary: alteredCursor },
  { weight: 1, arbitrary: forgedCursor },
  { weight: 1, arbitrary: rawQuery },
  { weight: 1, arbitrary: manyParameters },
);
export const pathBreakages = otherPath;
