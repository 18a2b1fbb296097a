import fc from 'fast-check';
import { type Breakage, breakage, oddTexts, place } from './breakage.js';
import { bodyOf, type Draft, setHeader } from './draft.js';

/* What may be wrong with a body: a field, its JSON, or what it says that it is. */

type Container = Record<string, unknown> | unknown[];

/** Other types and sizes than a field is likely to want. Made when used: some are large. */
const otherValues: [string, () => unknown][] = [
  ['null', () => null],
  ['true', () => true],
  ['a number', () => 12.5],
  ['a negative', () => -1],
  ['a huge number', () => 1e300],
  ['beyond 2^53', () => 2 ** 60],
  ['a list', () => []],
  ['a list of lists', () => [[[]]]],
  ['an object', () => ({})],
  ['an object with a name', () => ({ toString: 1, length: 3 })],
  ['text of 300', () => 'x'.repeat(300)],
  ['text of 1,200', () => 'y'.repeat(1_200)],
  ['text of 20,000', () => 'z'.repeat(20_000)],
  ['a list of 2,000', () => Array(2_000).fill(0)],
  ['25 deep', () => nested(25)],
  ['2,000 deep', () => nested(2_000)],
  ['a large amount', () => '99999999999999.9999'],
  ['a larger amount', () => '100000000000000'],
  ['a small amount', () => '0.00001'],
  ['a zero', () => '0.00'],
  ...oddTexts.map((text): [string, () => unknown] => [`text ${JSON.stringify(text)}`, () => text]),
];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { a: value };
  return value;
}

const otherValue = fc.tuple(place, fc.constantFrom(...otherValues)).map(
  ([at, [name, make]]): Breakage => ({
    name: `a field is ${name}`,
    apply(draft) {
      const found = placeIn(draft, at);
      if (found) set(found, make());
    },
  }),
);

const missing = place.map(
  (at): Breakage => ({
    name: 'a field is missing',
    apply(draft) {
      const found = placeIn(draft, at);
      if (!found) return;
      if (Array.isArray(found.in)) found.in.splice(Number(found.key), 1);
      else delete found.in[found.key];
    },
  }),
);

const extraNames = [
  'extra',
  'status',
  'kind',
  'walletId',
  'constructor',
  'toString',
  '',
  'a.b',
  '\u202ex',
  'x'.repeat(500),
];
const extra = fc.tuple(place, fc.constantFrom(...extraNames)).map(
  ([at, name]): Breakage => ({
    name: `a field too many: ${JSON.stringify(name.slice(0, 20))}`,
    apply(draft) {
      const objects = containers(draft.json).filter((one) => !Array.isArray(one)) as Record<string, unknown>[];
      const chosen = objects[Math.floor(at * objects.length)];
      if (chosen)
        Object.defineProperty(chosen, name, { value: 'x', enumerable: true, configurable: true, writable: true });
    },
  }),
);

/** The body's text is changed, or replaced. */
const texts: [string, (text: string) => string | Buffer][] = [
  ['cut short', (text) => text.slice(0, Math.ceil(text.length / 2))],
  ['empty', () => ''],
  ['null', () => 'null'],
  ['a list', () => '[]'],
  ['a text', () => '"x"'],
  ['a number', () => '1e999'],
  ['two documents', (text) => text + text],
  ['with a comma too many', (text) => text.replace(/\}$/, ',}')],
  ['with a comment', (text) => `/* x */${text}`],
  ['in single quotes', (text) => text.replaceAll('"', "'")],
  ['behind a byte order mark', (text) => `\ufeff${text}`],
  ['in UTF-16', (text) => Buffer.from(text, 'utf16le')],
  [
    'not UTF-8',
    (text) => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff, 0xc0, 0x22, 0x7d])]),
  ],
  ['with a key twice', (text) => text.replace(/^\{("[^"]*":)/, '{$1null,$1')],
  ['with __proto__', (text) => text.replace(/^\{/, '{"__proto__":{"amount":"1.00"},').replace(',}', '}')],
  ['with an escaped __proto__', (text) => text.replace(/^\{/, '{"\\u005f_proto__":{"a":1},').replace(',}', '}')],
  [
    'with constructor.prototype',
    (text) => text.replace(/^\{/, '{"constructor":{"prototype":{"a":1}},').replace(',}', '}'),
  ],
  ['with NaN', (text) => text.replace(/:"[^"]*"/, ':NaN')],
  ['with a number for a text', (text) => text.replace(/:"([\d.]+)"/, ':$1')],
  ['with an exponent', (text) => text.replace(/:"([\d.]+)"/, ':1e400')],
  ['with a raw control character', (text) => text.replace(/:"/, ':"\u0001')],
  ['with a bad escape', (text) => text.replace(/:"/, ':"\\x')],
  ['brackets alone', () => '['.repeat(50_000)],
  ['padded', (text) => `${' '.repeat(5_000)}${text}\n\n`],
  ['larger than is taken', () => `{"description":"${'x'.repeat(1_100_000)}"}`],
];
const otherText = fc.constantFrom(...texts).map(
  ([name, change]): Breakage => ({
    name: `the body is ${name}`,
    apply(draft) {
      draft.bytes = Buffer.from(change(bodyOf(draft)?.toString('utf8') ?? '{}'));
    },
  }),
);

const types = [
  null,
  '',
  'text/plain',
  'application/jsonx',
  'APPLICATION/JSON',
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'application/json;;',
  'application/merge-patch+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'a/b/c',
  '\u00e4/json',
  `application/json; ${'x'.repeat(2_000)}`,
];
const otherType = fc.constantFrom(...types).map(
  (type): Breakage => ({
    name: `the content type is ${type?.slice(0, 40)}`,
    apply: (draft) => setHeader(draft, 'content-type', type),
  }),
);

const encodings = ['gzip', 'br', 'identity', 'x', 'gzip, gzip'];
const otherEncoding = fc.constantFrom(...encodings).map(
  (encoding): Breakage => ({
    name: `the content encoding is ${encoding}`,
    apply: (draft) => setHeader(draft, 'content-encoding', encoding),
  }),
);

export const bodyBreakages = fc.oneof(
  { weight: 6, arbitrary: otherValue },
  { weight: 2, arbitrary: missing },
  { weight: 2, arbitrary: extra },
  { weight: 4, arbitrary: otherText },
  { weight: 1, arbitrary: otherType },
  { weight: 1, arbitrary: otherEncoding },
);

/** One where nothing should be, too. */
export const strayBody = breakage('a body where none is wanted', (draft) => {
  draft.json = { a: 1 };
  setHeader(draft, 'content-type', 'application/json');
});

function containers(value: unknown): Container[] {
  if (value === null || typeof value !== 'object') return [];
  return [value as Container, ...Object.values(value).flatMap(containers)];
}

function placeIn({ json }: Draft, at: number): { in: Container; key: string } | undefined {
  const places = containers(json).flatMap((one) => Object.keys(one).map((key) => ({ in: one, key })));
  return places[Math.floor(at * places.length)];
}

function set({ in: container, key }: { in: Container; key: string }, value: unknown): void {
  (container as Record<string, unknown>)[key] = value;
}
