import { parseDecimal } from '@smart-wallet/engine/contract/money.js';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../testing/seeded-random.js';
import { moneyText } from './money.js';

const minus = '\u2212';

describe('money', () => {
  test.each([
    [0n, 'EUR', '0.00'],
    [100n, 'EUR', '0.01'],
    [12_345_600n, 'EUR', '1,234.56'],
    [9_999_900n, 'EUR', '999.99'],
    [10_000_000n, 'EUR', '1,000.00'],
    [0n, 'JPY', '0'],
    [12_340_000n, 'JPY', '1,234'],
    [12_345_670n, 'KWD', '1,234.567'],
    [10n, 'KWD', '0.001'],
    [12_345_678n, 'CLF', '1,234.5678'],
    [-12_345_600n, 'EUR', `${minus}1,234.56`],
  ])('%d ten-thousandths of %s read %s', (scaled, currency, text) => {
    expect(moneyText(scaled, currency)).toBe(text);
  });

  test('is exact where a float no longer is', () => {
    expect(moneyText(90_071_992_547_409_930_100n, 'EUR')).toBe('9,007,199,254,740,993.01');
    expect(moneyText(9_007_199_254_740_993n * 10_000n, 'JPY')).toBe('9,007,199,254,740,993');
  });

  test('of a currency this page does not know, or with too many decimals, is shown in full', () => {
    expect(moneyText(12_345_600n, 'QQQ')).toBe('1,234.5600');
    expect(moneyText(12_345_678n, 'EUR')).toBe('1,234.5678');
    expect(moneyText(-12_345_678n, 'JPY')).toBe(`${minus}1,234.5678`);
  });

  test('is never rounded, whatever the amount and the currency', () => {
    const random = seededRandom();
    for (let round = 0; round < 1_000; round += 1) {
      const digits = `${1 + random.below(9)}${random.below(10 ** 9)}${random.below(10 ** 9)}`;
      const scaled = BigInt(digits.slice(0, 1 + random.below(19))) * (random.chance(0.3) ? -1n : 1n);
      const text = moneyText(scaled, ['EUR', 'JPY', 'KWD', 'CLF'][random.below(4)] as string);
      expect(text).toMatch(/^\u2212?\d{1,3}(,\d{3})*(\.\d+)?$/);
      expect(parseDecimal(text.replace(minus, '-').replaceAll(',', ''))).toBe(scaled);
    }
  });
});
