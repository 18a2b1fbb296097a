import fc from 'fast-check';
import type { Breakage } from './breakage.js';
import { bodyOf, type Draft, headerOf, setHeader } from './draft.js';

/* What may be wrong with a request as HTTP: its method, its headers, how its body is framed. */

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'CONNECT', 'QUERY'];
const otherMethod = fc.constantFrom(...methods).map(
  (method): Breakage => ({
    name: `the method is ${method}`,
    apply(draft) {
      draft.method = method;
    },
  }),
);

const headers: [string, string][] = [
  ['traceparent', 'x'],
  ['traceparent', `ff-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
  ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
  ['accept', 'text/csv'],
  ['accept', 'text/html;q=x, */*;q=0'],
  ['accept', ','.repeat(3_000)],
  ['accept-encoding', 'gzip, br;q=-1'],
  ['idempotency-key', ''],
  ['idempotency-key', '"'],
  ['idempotency-key', '"a\\"b"'],
  ['idempotency-key', 'a b'],
  ['idempotency-key', '\u00fc'],
  ['idempotency-key', 'k'.repeat(255)],
  ['idempotency-key', 'k'.repeat(256)],
  ['x-forwarded-for', '1.2.3.4, \u00ff'],
  ['forwarded', 'for="_x"'],
  ['origin', 'https://evil.example'],
  ['access-control-request-method', 'POST'],
  ['cookie', 'a=b; __proto__=c; refresh=x'],
  ['if-none-match', '*'],
  ['range', 'bytes=0-1'],
  ['expect', '100-continue'],
  ['expect', 'something'],
  ['upgrade', 'h2c'],
  ['connection', 'close'],
  ['connection', 'keep-alive, upgrade'],
  ['te', 'trailers'],
  ['x-http-method-override', 'DELETE'],
  ['x-long', 'x'.repeat(12_000)],
  ['x-longer', 'x'.repeat(20_000)],
  ['content-language', '\u00ff\u00fe'],
];
const otherHeader = fc.constantFrom(...headers).map(
  ([name, value]): Breakage => ({
    name: `the header ${name} is ${JSON.stringify(value.slice(0, 30))}`,
    apply(draft) {
      setHeader(draft, name, value);
    },
  }),
);

const twice = fc.constantFrom('authorization', 'idempotency-key', 'content-type', 'host', 'traceparent').map(
  (name): Breakage => ({
    name: `the header ${name} comes twice`,
    apply(draft) {
      draft.headers.push([name, headerOf(draft, name) ?? 'x']);
    },
  }),
);

const manyHeaders: Breakage = {
  name: '1,500 headers',
  apply({ headers }) {
    for (let i = 0; i < 1_500; i++) headers.push([`x${i}`, '1']);
  },
};

const chunked: Breakage = {
  name: 'the body comes in chunks',
  apply(draft) {
    draft.framing = 'chunked';
  },
};
const oldHttp: Breakage = {
  name: 'it is HTTP 1.0',
  apply(draft) {
    draft.version = '1.0';
    setHeader(draft, 'connection', 'close');
  },
};

/** Each is answered, and may close the connection: what follows on it cannot be told apart from the body. */
const framings: [string, (draft: Draft, length: number) => void][] = [
  [
    'two lengths',
    (draft, length) => void draft.headers.push(['Content-Length', `${length}`], ['Content-Length', `${length + 5}`]),
  ],
  [
    'a length and chunks',
    (draft, length) => void draft.headers.push(['Content-Length', `${length}`], ['Transfer-Encoding', 'chunked']),
  ],
  ['too short a length', (draft, length) => void draft.headers.push(['Content-Length', `${Math.max(0, length - 3)}`])],
  ['a length below zero', (draft) => void draft.headers.push(['Content-Length', '-1'])],
  ['a length that is no number', (draft) => void draft.headers.push(['Content-Length', '0x10'])],
  ['an unknown transfer encoding', (draft) => void draft.headers.push(['Transfer-Encoding', 'gzip'])],
  ['a huge length', (draft) => void draft.headers.push(['Content-Length', '99999999999'])],
  ['a header without a name', (draft) => void draft.headers.push(['', 'x'])],
  ['a space in a header\u2019s name', (draft) => void draft.headers.push(['x y', 'x'])],
  ['a control character in a header', (draft) => void draft.headers.push(['x-odd', 'a\u0001b'])],
  ['no host', (draft) => setHeader(draft, 'host', null)],
];
const otherFraming = fc.constantFrom(...framings).map(
  ([name, change]): Breakage => ({
    name,
    breaksFraming: true,
    apply(draft) {
      draft.framing = 'as it is';
      change(draft, bodyOf(draft)?.length ?? 0);
    },
  }),
);

export const wireBreakages = fc.oneof(
  { weight: 2, arbitrary: otherMethod },
  { weight: 5, arbitrary: otherHeader },
  { weight: 2, arbitrary: twice },
  { weight: 1, arbitrary: fc.constant(manyHeaders) },
  { weight: 1, arbitrary: fc.constant(chunked) },
  { weight: 1, arbitrary: fc.constant(oldHttp) },
  { weight: 3, arbitrary: otherFraming },
);
