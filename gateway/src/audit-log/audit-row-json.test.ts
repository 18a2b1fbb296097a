import { describe, expect, it } from 'vitest';
import { auditRowJson } from './audit-row-json.js';

/** As the API shows a row with this detail. */
function shown(
  action: string,
  detail: Record<string, unknown>,
  { currency = null, knowsPeople = true }: { currency?: string | null; knowsPeople?: boolean } = {},
) {
  const row = { audit_id: '7', at: new Date(0), caller: 'dev', action, subject: 's', detail, currency };
  const { before, after, reason, traceId, ...rest } = JSON.parse(auditRowJson(row, knowsPeople));
  expect(rest).toEqual({ auditId: '7', at: '1970-01-01T00:00:00.000Z', actor: 'dev', action, subject: 's' });
  return { before, after, reason, traceId };
}

const limits = { creditLimit: '0', perPayment: '205000', dailyOut: null, dailyIn: '0' };

describe('a row of the audit log', () => {
  it('is shown as it was written', () => {
    const detail = { before: { role: 'viewer' }, after: { role: 'operator' }, reason: 'promoted', traceId: 't' };
    expect(shown('USER_ROLE_CHANGED', detail)).toEqual(detail);
    expect(shown('NEWER', {})).toEqual({ before: null, after: null, reason: null, traceId: null });
  });

  it('of a status says it before and after', () => {
    expect(shown('WALLET_STATUS_CHANGED', { from: 'CREATED', to: 'ACTIVE', reason: 'checked', traceId: 't' })).toEqual({
      before: { status: 'CREATED' },
      after: { status: 'ACTIVE' },
      reason: 'checked',
      traceId: 't',
    });
    // Of engines of before.
    expect(shown('WALLET_STATUS_KEPT', { from: 'ACTIVE', to: 'ACTIVE', reason: null })).toEqual({
      ...{ before: { status: 'ACTIVE' }, after: { status: 'ACTIVE' }, reason: null, traceId: null },
    });
  });

  it('of limits says them as the API does, in the wallet\u2019s currency', () => {
    const to = { ...limits, creditLimit: '500000' };
    const { before, after } = shown('LIMITS_CHANGED', { from: limits, to, reason: null }, { currency: 'EUR' });
    const euro = { creditLimit: null, perPayment: '20.50', dailyOut: null, dailyIn: '0.00', currency: 'EUR' };
    expect([before, after]).toEqual([euro, { ...euro, creditLimit: '50.00' }]);
    const refused = { code: 'CREDIT_LIMIT_IN_USE', reason: 'in use' };
    expect(
      shown('LIMITS_REFUSED', { from: limits, to: limits, reason: null, refused }, { currency: 'EUR' }),
    ).toMatchObject({ before: euro, after: { ...euro, refused } });
  });

  it('of limits whose wallet is not known has all decimals', () => {
    expect(shown('LIMITS_CHANGED', { from: limits, to: limits }).after).toEqual({
      ...{ creditLimit: null, perPayment: '20.5000', dailyOut: null, dailyIn: '0.0000' },
    });
  });

  it('of a reversal has its amount as the currency has it', () => {
    const after = { transactionId: 'x', amount: '12.5000', currency: 'EUR' };
    expect(shown('TRANSACTION_REVERSED', { after, reason: 'twice' })).toEqual({
      ...{ before: null, after: { ...after, amount: '12.50' }, reason: 'twice', traceId: null },
    });
  });

  it('of a token says what was minted, whether it was written side by side or not', () => {
    const token = { role: 'service', caller: 'shop', expiresAt: '2026-01-01T00:00:00+00:00' };
    expect(shown('TOKEN_MINTED', { ...token, traceId: 't' })).toEqual({
      ...{ before: null, after: token, reason: null, traceId: 't' },
    });
    expect(shown('TOKEN_MINTED', { after: token, traceId: 't' }).after).toEqual(token);
    expect(shown('TOKEN_REVOKED', { traceId: 't' })).toEqual({
      ...{ before: null, after: null, reason: null, traceId: 't' },
    });
  });

  it('tells who may not read users neither their e-mail addresses nor their names', () => {
    const user = { email: 'a@b.test', name: 'Ann', role: 'operator' };
    const detail = { before: { ...user, role: 'viewer' }, after: user };
    const others = { knowsPeople: false };
    expect(shown('USER_CHANGED', detail, others)).toMatchObject({
      ...{ before: { role: 'viewer' }, after: { role: 'operator' } },
    });
    expect(JSON.stringify(shown('SESSION_STARTED', detail, others))).not.toMatch(/a@b|Ann/);
    expect(shown('USER_CHANGED', detail)).toMatchObject(detail);
    expect(shown('WEBHOOK_MADE', { after: { name: 'shop' } }, others).after).toEqual({ name: 'shop' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['LIMITS_CHANGED', { from: { creditLimit: 'x', perPayment: 7 }, to: 7 }],
    ['TRANSACTION_REVERSED', { after: { amount: '1e5', currency: 'EUR' } }],
    ['TRANSACTION_REVERSED', { after: { amount: '1.0000', currency: 'NONE' } }],
    ['WALLET_STATUS_CHANGED', { from: null, to: [], reason: 7, traceId: {} }],
    ['TOKEN_MINTED', { before: 7, after: 'x' }],
  ])('that is odd keeps no other from being shown: %s %j', (action, detail) => {
    expect(() => shown(action, detail, { currency: 'EUR' })).not.toThrow();
  });
});
