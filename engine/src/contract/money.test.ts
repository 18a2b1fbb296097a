import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currencyCodes, currencyExponent } from './currency.js';
import { amountLimit, formatDecimal, formatMoney, parseAmount, parseDecimal } from './money.js';

describe('an amount', () => {
  test.each([
    ['12.50', 'EUR', 125_000n],
    ['12.5', 'EUR', 125_000n],
    ['0.01', 'EUR', 100n],
    ['12', 'JPY', 120_000n],
    ['1.234', 'KWD', 12_340n],
    ['0.0001', 'CLF', 1n],
    ['99999999999999.99', 'EUR', amountLimit - 100n],
  ])('%s %s is %s ten-thousandths', (text, currency, scaled) => {
    expect(parseAmount(text, currency)).toBe(scaled);
  });

  test.each([
    ['', 'AMOUNT_FORMAT'],
    ['1e3', 'AMOUNT_FORMAT'],
    ['+1', 'AMOUNT_FORMAT'],
    ['01', 'AMOUNT_FORMAT'],
    ['1.', 'AMOUNT_FORMAT'],
    ['.5', 'AMOUNT_FORMAT'],
    ['1,5', 'AMOUNT_FORMAT'],
    [' 1', 'AMOUNT_FORMAT'],
    ['1\n', 'AMOUNT_FORMAT'],
    ['NaN', 'AMOUNT_FORMAT'],
    ['١', 'AMOUNT_FORMAT'],
    ['9'.repeat(40), 'AMOUNT_FORMAT'],
    ['0', 'AMOUNT_NOT_POSITIVE'],
    ['0.00', 'AMOUNT_NOT_POSITIVE'],
    ['-1', 'AMOUNT_NOT_POSITIVE'],
    ['1.001', 'AMOUNT_DECIMALS'],
    ['100000000000000', 'AMOUNT_TOO_LARGE'],
  ])('%j EUR breaks %s', (text, rule) => {
    expect(parseAmount(text, 'EUR')).toBe(rule);
  });
});

test('every amount a currency can write is read back as it was', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...currencyCodes),
      fc.bigInt({ min: 1n, max: amountLimit - 1n }),
      (currency, scaled) => {
        const step = 10n ** BigInt(4 - (currencyExponent(currency) as number));
        const amount = (scaled / step) * step;
        fc.pre(amount > 0n);
        expect(parseAmount(formatMoney(amount, currency), currency)).toBe(amount);
        expect(parseDecimal(formatDecimal(amount))).toBe(amount);
        expect(parseDecimal(formatDecimal(-amount))).toBe(-amount);
      },
    ),
  );
});

test('money with more decimals than its currency is a bug, not a rounding', () => {
  expect(() => formatMoney(125_001n, 'EUR')).toThrow(RangeError);
  expect(formatMoney(-125_000n, 'EUR')).toBe('-12.50');
  expect(formatMoney(0n, 'JPY')).toBe('0');
});
