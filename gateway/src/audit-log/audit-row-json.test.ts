import { describe, expect, it } from 'vitest';
import { type AuditReader, auditReader, auditRowJson } from './audit-row-json.js';

/** As the API shows a row with this detail. */
function shown(
  action: string,
  detail: Record<string, unknown>,
  { currency = null, reader = 'ADMIN' }: { currency?: string | null; reader?: AuditReader } = {},
) {
  const row = { audit_id: '7', at: new Date(0), caller: 'dev', action, subject: 's', detail, currency };
  const { before, after, reason, traceId, ...rest } = JSON.parse(auditRowJson(row, reader));
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
    for (const reader of ['VIEWER', 'OPERATOR'] as const) {
      expect(shown('USER_CHANGED', detail, { reader })).toMatchObject({
        ...{ before: { role: 'viewer' }, after: { role: 'operator' } },
      });
      // An action that nobody knows here may hold them anywhere.
      for (const action of ['SESSION_STARTED', 'ROLE_CHANGED', 'NEWER']) {
        const deep = { before: { users: [user, { of: { user } }] }, after: user };
        expect(JSON.stringify(shown(action, deep, { reader }))).not.toMatch(/a@b|Ann/);
      }
    }
    expect(shown('USER_CHANGED', detail)).toMatchObject(detail);
  });

  it('tells operators, and no viewer, who gets digests and alerts', () => {
    const items = [{ email: 'a@b.test', name: 'Ann', timeZone: 'UTC', frequency: 'DAILY', at: '07:00' }];
    const rows: [string, Record<string, unknown>, Record<string, unknown>][] = [
      ['DIGEST_RECIPIENTS_CHANGED', { items }, { items: [{ timeZone: 'UTC', frequency: 'DAILY', at: '07:00' }] }],
      ['DIGEST_REQUESTED', { email: 'a@b.test', date: '2026-01-31' }, { date: '2026-01-31' }],
      ['ALERT_CONFIGURED', { threshold: 5, recipients: ['a@b.test'] }, { threshold: 5 }],
    ];
    for (const [action, fields, toViewers] of rows) {
      const detail = { before: fields, after: fields };
      expect(shown(action, detail, { reader: 'OPERATOR' })).toMatchObject(detail);
      expect(shown(action, detail, { reader: 'VIEWER' })).toMatchObject({ before: toViewers, after: toViewers });
      expect(JSON.stringify(shown(action, detail, { reader: 'VIEWER' }))).not.toMatch(/a@b|Ann/);
    }
  });

  it.each(['WALLET_CHANGED', 'VIEW_SHARED', 'VIEW_UNSHARED', 'APPROVAL_SKIPPED'])(
    'keeps the names of %s, which are no user\u2019s',
    (action) => {
      const after = { name: 'Late payments', metadata: { name: 'Shop' } };
      expect(shown(action, { after }, { reader: 'VIEWER' }).after).toEqual(after);
    },
  );

  it('is read by whom the roles say', () => {
    expect([auditReader(['viewer']), auditReader(['service', 'operator']), auditReader(['viewer', 'admin'])]).toEqual([
      ...['VIEWER', 'OPERATOR', 'ADMIN'],
    ]);
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
