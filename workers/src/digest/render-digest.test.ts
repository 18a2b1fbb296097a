import { currencyCodes, currencyExponent } from '@smart-wallet/engine/contract/currency.js';
import { transactionKinds } from '@smart-wallet/engine/contract/transaction-kind.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bar, chartPng, chartSvg } from './chart.js';
import { type DigestFacts, digestContent } from './digest-content.js';
import type { Figures } from './figures.js';
import { digestHtml, digestText } from './render-digest.js';

const count = fc.nat(10 ** 9);
const codes = ['INSUFFICIENT_FUNDS', 'WALLET_NOT_ACTIVE', 'HOLD_NOT_OPEN'];
const exponent = (currency: string) => 10n ** BigInt(4 - (currencyExponent(currency) as number));
const sumOf = (currency: string) => fc.bigInt(0n, 10n ** 18n).map((n) => n * exponent(currency));
const currency = fc.constantFrom(...currencyCodes);
const figures: fc.Arbitrary<Figures> = fc.record({
  succeeded: count,
  failed: count,
  byCode: fc.dictionary(fc.constantFrom(...codes), count).map((o) => new Map(Object.entries(o))),
  money: fc.array(
    currency.chain((code) =>
      fc.record({
        ...{ kind: fc.constantFrom(...transactionKinds), currency: fc.constant(code), count, sum: sumOf(code) },
      }),
    ),
  ),
  latency: fc.array(count, { minLength: 33, maxLength: 33 }),
  closed: fc.boolean(),
});
const at = new Date('2026-11-25T00:00:00Z');
const payer = (code: string) =>
  fc.record({ walletId: fc.uuid(), currency: fc.constant(code), count, sum: sumOf(code) });
const alert = fc.record({
  ...{ title: fc.constant('Payments are slow'), subject: fc.string(), severity: fc.constant('WARNING') },
  ...{ status: fc.constantFrom('SENT', 'ACKNOWLEDGED'), since: fc.constant(at) },
});
const head = fc.record({
  ...{ engineId: fc.uuid(), name: fc.constant('engine-1'), batchSeq: count.map(String) },
  hash: fc.constant('ab12'.repeat(16)),
});
const facts: fc.Arbitrary<DigestFacts> = fc.record({
  frequency: fc.constantFrom('DAILY' as const, 'WEEKLY' as const),
  date: fc.constant('2026-11-25'),
  timeZone: fc.constant('Europe/Berlin'),
  period: fc.constant({ from: at, to: new Date(at.getTime() + 86_400_000) }),
  now: figures,
  before: figures,
  bars: fc.constant([]),
  payers: fc.option(fc.array(currency.chain(payer))),
  alerts: fc.array(alert),
  alertsOpen: count,
  alertsCritical: count,
  reconciliation: fc.option(
    fc.record({ mode: fc.constant('full'), status: fc.constant('CLEAN'), finishedAt: fc.constant(at), open: count }),
  ),
  heads: fc.array(head, { maxLength: 10 }),
  summary: fc.option(
    fc.record({ type: fc.constantFrom('AI', 'FALLBACK'), date: fc.constant('2026-11-25'), content: fc.string() }),
  ),
});
const consoleUrl = 'http://127.0.0.1:3000';
const sample = () => (fc.sample(facts, { numRuns: 1, seed: 7 }) as [DigestFacts])[0];

const unescaped = (html: string) =>
  html.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name] as string,
  );
const words = (text: string) =>
  text
    .split(/\s+/)
    .filter((word) => /\d/.test(word))
    .sort();

test('the text and the HTML have the same numbers', () => {
  fc.assert(
    fc.property(facts, (given) => {
      const content = digestContent(given, consoleUrl);
      const body = /<body>(.*)<\/body>/s.exec(digestHtml(content, null))?.[1] as string;
      expect(words(unescaped(body.replace(/<[^>]*>/g, '\n'))).join(' ')).toEqual(words(digestText(content)).join(' '));
    }),
  );
});

test('what others wrote is no HTML', () => {
  const summary = { type: 'FALLBACK', date: '2026-11-25', content: '<script>x</script>' };
  const html = digestHtml(digestContent({ ...sample(), summary }, null), null);
  expect(html).not.toContain('<script>');
});

test('whoever stops after the first lines knows whether a person is needed', () => {
  const well: DigestFacts = {
    ...sample(),
    ...{ now: { ...sample().now, latency: [100] }, alertsOpen: 0, alertsCritical: 0 },
    reconciliation: { mode: 'full', status: 'CLEAN', finishedAt: at, open: 0 },
  };
  expect(digestContent(well, null)).toMatchObject({
    verdict: { isWell: true },
    subject: expect.stringMatching(/all well$/),
  });
  const troubles: Partial<DigestFacts>[] = [
    { alertsOpen: 1 },
    { reconciliation: { mode: 'full', status: 'BREAKS', finishedAt: at, open: 1 } },
    { reconciliation: { mode: 'full', status: 'FAILED', finishedAt: at, open: 0 } },
    { reconciliation: null },
    // 98 of 100 below 200 ms, the others above all bounds.
    { now: { ...well.now, latency: [98, ...Array.from({ length: 31 }, () => 0), 2] } },
  ];
  for (const trouble of troubles) {
    const { verdict, subject } = digestContent({ ...well, ...trouble }, null);
    expect([verdict.isWell, subject]).toEqual([false, expect.stringMatching(/needs a person$/)]);
  }
});

test('the largest digest there can be is not cut by mail readers', () => {
  const money = currencyCodes.flatMap((code) =>
    transactionKinds.map((kind) => ({ kind, currency: code, count: 10 ** 12, sum: 10n ** 24n })),
  );
  const one = <T>(value: T, times: number) => Array.from({ length: times }, () => value);
  const given: DigestFacts = {
    ...sample(),
    now: { ...sample().now, money, byCode: new Map(one(0, 60).map((_, i) => [`${'CODE_'.repeat(8)}${i}`, 10 ** 12])) },
    payers: currencyCodes.flatMap((code) =>
      one({ walletId: '01a204c4-5be4-733a-8403-d060098f0282', currency: code, count: 10 ** 12, sum: 10n ** 24n }, 5),
    ),
    alerts: one(
      { title: 'x'.repeat(60), subject: '&'.repeat(500), severity: 'CRITICAL', status: 'ACKNOWLEDGED', since: at },
      10,
    ),
    heads: one(
      {
        engineId: '01a204c4-5be4-733a-8403-d060098f0282',
        name: '&'.repeat(500),
        batchSeq: '9'.repeat(15),
        hash: 'f'.repeat(64),
      },
      10,
    ),
    summary: { type: 'AI', date: '2026-11-25', content: 'x'.repeat(8_000) },
  };
  expect(Buffer.byteLength(digestHtml(digestContent(given, consoleUrl), null))).toBeLessThan(80_000);
});

test('the chart has its text, and is small', () => {
  const bars: Bar[] = Array.from({ length: 25 }, (_, i) => ({
    label: `${i}:00`,
    succeeded: i * 1_000,
    failed: i * 10,
  }));
  const written = chartPng('Transactions by hour', bars);
  const silent = chartPng(
    '',
    bars.map((bar) => ({ ...bar, label: '' })),
  );
  expect(written.equals(silent)).toBe(false);
  expect(chartSvg('a < b', bars)).toContain('a &lt; b');
  expect(chartSvg('a', bars)).toContain('highest: 24,240');
  expect(written.length).toBeLessThan(40_000);
  expect(written.equals(chartPng('Transactions by hour', bars))).toBe(true);
});
