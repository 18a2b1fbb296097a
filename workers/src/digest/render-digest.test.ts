import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chartPng, chartSvg } from './chart.js';
import { type DigestFacts, digestContent } from './digest-content.js';
import type { Figures } from './figures.js';
import { digestHtml, digestText } from './render-digest.js';

const count = fc.nat(10 ** 9);
const counts = fc.array(count, { minLength: 33, maxLength: 33 });
const figures: fc.Arbitrary<Figures> = fc.record({
  succeeded: count,
  failed: count,
  byCode: fc
    .dictionary(fc.constantFrom('INSUFFICIENT_FUNDS', 'WALLET_NOT_ACTIVE'), count)
    .map((o) => new Map(Object.entries(o))),
  money: fc.array(
    fc.record({
      kind: fc.constantFrom('PAYMENT', 'DEPOSIT'),
      currency: fc.constant('EUR'),
      count,
      sum: fc.bigInt(0n, 10n ** 20n).map((n) => n * 100n),
    }),
  ),
  latency: counts,
  closed: fc.boolean(),
});
const at = new Date('2026-11-25T00:00:00Z');
const facts: fc.Arbitrary<DigestFacts> = fc.record({
  frequency: fc.constantFrom('DAILY' as const, 'WEEKLY' as const),
  date: fc.constant('2026-11-25'),
  timeZone: fc.constant('Europe/Berlin'),
  period: fc.constant({ from: at, to: new Date(at.getTime() + 86_400_000) }),
  now: figures,
  before: figures,
  wallets: fc.option(
    fc.array(
      fc.record({
        walletId: fc.uuid(),
        currency: fc.constant('EUR'),
        count,
        sum: fc.nat().map((n) => BigInt(n) * 100n),
      }),
    ),
  ),
  alerts: fc.array(
    fc.record({
      type: fc.constant('LATENCY'),
      subject: fc.string(),
      severity: fc.constant('WARNING'),
      since: fc.constant(at),
    }),
  ),
  alertsOpen: count,
  reconciliation: fc.option(
    fc.record({ mode: fc.constant('full'), status: fc.constant('CLEAN'), finishedAt: fc.constant(at), open: count }),
  ),
  heads: fc.array(
    fc.record({
      engineId: fc.uuid(),
      name: fc.constant('engine-1'),
      batchSeq: count.map(String),
      hash: fc.constant('ab12'.repeat(16)),
    }),
    { maxLength: 10 },
  ),
  summary: fc.option(fc.record({ type: fc.constant('AI'), content: fc.string() })),
});

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
      const content = digestContent(given);
      const body = /<body>(.*)<\/body>/s.exec(digestHtml(content, null))?.[1] as string;
      expect(words(unescaped(body.replace(/<[^>]*>/g, '\n'))).join(' ')).toEqual(words(digestText(content)).join(' '));
    }),
  );
});

test('what others wrote is no HTML', () => {
  const [given] = fc.sample(facts, { numRuns: 1, seed: 7 });
  const content = digestContent({
    ...(given as DigestFacts),
    summary: { type: 'FALLBACK', content: '<script>x</script>' },
  });
  expect(digestHtml(content, null)).not.toContain('<script>');
});

test('the chart has its text, and is small', () => {
  const bars = Array.from({ length: 24 }, (_, i) => ({ label: `${i} h`, count: i * 1_000 }));
  const written = chartPng('Transactions by hour', bars);
  const silent = chartPng(
    '',
    bars.map(({ count: n }) => ({ label: '', count: n })),
  );
  expect(written.equals(silent)).toBe(false);
  expect(chartSvg('a < b', bars)).toContain('a &lt; b');
  expect(written.length).toBeLessThan(30_000);
  expect(written.equals(chartPng('Transactions by hour', bars))).toBe(true);
});
