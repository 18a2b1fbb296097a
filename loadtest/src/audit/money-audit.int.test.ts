import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Acknowledged, audit } from './audit.js';
import type { CheckName } from './report.js';
import { auditFalsified, failing, rechain, reseal } from './testing/forge.js';
import { type MoneyBooks, writeMoneyBooks } from './testing/money-books.js';

let database: ScratchDatabase;
let books: MoneyBooks;

beforeAll(async () => {
  database = await createScratchDatabase('money_audit');
  books = await withClient(database.url, writeMoneyBooks);
});

afterAll(() => database?.drop());

test('a ledger of all kinds over two days, with an engine of before between newer ones, is clean', async () => {
  const report = await audit(database.url);
  expect(report.checks.filter((check) => check.findingCount > 0)).toEqual([]);
  const ofOthers: CheckName[] = ['acknowledged', 'approvals'];
  for (const check of report.checks) {
    if (!ofOthers.includes(check.name)) expect(check.looked, check.name).toBeGreaterThan(0);
  }
});

test('a day of engines of both kinds counts what the newer ones committed', async () => {
  const counters = await withClient(database.url, async (client) => {
    const { rows } = await client.query(
      'SELECT (day_out * 100)::int AS out, (day_in * 100)::int AS in, (daily_out * 100)::int AS most FROM wallets WHERE wallet_id = $1',
      [books.wallets.c],
    );
    return rows[0];
  });
  // 20.00 by a newer one before the limit was lowered, 30.00 by the one of before, which is beyond it.
  expect(counters).toEqual({ out: 20_00, in: 200_00, most: 10_00 });
});

type Sql = (books: MoneyBooks) => string;

/** In all changes of limits, as if it had been decided so. */
const inChanges = (from: string, to: string) => `
  UPDATE ledger_batches SET changes = replace(changes::text, '${from}', '${to}')::jsonb WHERE changes IS NOT NULL;
  UPDATE audit_log SET detail = replace(detail::text, '${from}', '${to}')::jsonb`;

/** Each falsifies the books in one way and seals them again; it is caught by the checks that are named, and by no other. */
const falsifications: [what: string, checks: CheckName[], sql: Sql][] = [
  [
    'a wallet that holds more than its open holds',
    ['held'],
    ({ wallets }) => `UPDATE wallets SET held = held + 1 WHERE wallet_id = '${wallets.a}'`,
  ],
  [
    'a hold of which more is said to be captured',
    ['holds'],
    ({ holds }) => `UPDATE holds SET captured = captured + 1 WHERE hold_id = '${holds.open}'`,
  ],
  [
    'a hold that counts a capture too many',
    ['holds'],
    ({ holds }) => `UPDATE holds SET captures = captures + 1 WHERE hold_id = '${holds.open}'`,
  ],
  [
    'an ended hold that is open again',
    ['holds'],
    ({ holds }) => `UPDATE holds SET status = 'OPEN' WHERE hold_id = '${holds.voided}'`,
  ],
  [
    'an expired hold that is said to be given up',
    ['holds'],
    ({ holds }) => `UPDATE holds SET status = 'VOIDED' WHERE hold_id = '${holds.expired}'`,
  ],
  [
    'a hold for another receiver',
    ['holds'],
    ({ holds, wallets }) => `UPDATE holds SET receiver_wallet_id = '${wallets.d}' WHERE hold_id = '${holds.open}'`,
  ],
  [
    'a hold of another wallet',
    ['holds'],
    ({ holds, wallets }) => `UPDATE holds SET wallet_id = '${wallets.d}' WHERE hold_id = '${holds.pending}'`,
  ],
  [
    'a hold of another amount',
    ['holds'],
    ({ holds }) => `UPDATE holds SET amount = amount + 1 WHERE hold_id = '${holds.pending}'`,
  ],
  [
    'a hold of another day',
    ['holds'],
    ({ holds }) => `UPDATE holds SET made_day = made_day + 1 WHERE hold_id = '${holds.pending}'`,
  ],
  [
    'a hold of another partition',
    ['holds'],
    ({ holds }) => `UPDATE holds SET partition = (partition + 1) % 64 WHERE hold_id = '${holds.pending}'`,
  ],
  ['a hold that is gone', ['holds'], ({ holds }) => `DELETE FROM holds WHERE hold_id = '${holds.pending}'`],
  [
    'a hold that nobody made',
    ['holds'],
    () =>
      `INSERT INTO holds SELECT gen_random_uuid(), wallet_id, receiver_wallet_id, partition, currency, amount, 0, 0, 'OPEN', expires_at, made_day, created_at, updated_at FROM holds LIMIT 1`,
  ],
  [
    'a capture at the end of its hold',
    ['holds', 'request-hashes'],
    ({ holds, ids }) =>
      `UPDATE holds SET expires_at = (SELECT created_at FROM transactions WHERE transaction_id = '${ids.capture}') WHERE hold_id = '${holds.open}'`,
  ],
  [
    'an expiry before the end of its hold',
    ['holds', 'request-hashes'],
    ({ holds }) => `UPDATE holds SET expires_at = expires_at + interval '1 ms' WHERE hold_id = '${holds.expired}'`,
  ],
  [
    'a final capture that gave nothing back',
    ['held', 'holds'],
    ({ ids }) => `UPDATE transactions SET released = 0 WHERE transaction_id = '${ids.finalCapture}'`,
  ],
  [
    'a capture that does not say what it gave back',
    ['held', 'holds'],
    ({ ids }) => `UPDATE transactions SET released = NULL WHERE transaction_id = '${ids.finalCapture}'`,
  ],
  [
    'a final capture that gave too much back',
    ['holds'],
    ({ ids }) => `UPDATE transactions SET released = released + 1 WHERE transaction_id = '${ids.finalCapture}'`,
  ],
  [
    'a hold that ended twice',
    ['held', 'holds', 'request-hashes'],
    ({ holds }) =>
      `UPDATE transactions SET parent_transaction_id = '${holds.final}' WHERE parent_transaction_id = '${holds.voided}'`,
  ],
  [
    'a capture after its hold was given up, in one batch',
    ['holds'],
    ({ holds }) =>
      `UPDATE ledger_batches SET transaction_ids = ARRAY[transaction_ids[2], transaction_ids[1]]
        WHERE (worker_id, batch_seq) = (SELECT worker_id, batch_seq FROM transactions WHERE parent_transaction_id = '${holds.cut}' LIMIT 1)`,
  ],
  [
    'an expiry under a caller\u2019s own key',
    ['keys', 'request-hashes'],
    ({ holds }) =>
      `UPDATE transactions SET idempotency_key = 'mine' WHERE kind = 'EXPIRY' AND parent_transaction_id = '${holds.expired}'`,
  ],
  [
    'a refund that is forgotten',
    ['refunds'],
    ({ ids }) => `UPDATE refund_totals SET refunded = refunded - 1 WHERE transaction_id = '${ids.payment}'`,
  ],
  [
    'a refund that is counted twice',
    ['refunds'],
    ({ ids }) => `UPDATE refund_totals SET refunds = refunds + 1 WHERE transaction_id = '${ids.payment}'`,
  ],
  [
    'a payment of which more could be paid back',
    ['refunds'],
    ({ ids }) => `UPDATE refund_totals SET amount = amount + 1 WHERE transaction_id = '${ids.payment}'`,
  ],
  [
    'refunds without their sum',
    ['refunds'],
    ({ ids }) => `DELETE FROM refund_totals WHERE transaction_id = '${ids.payment}'`,
  ],
  [
    'a sum without its refunds',
    ['refunds'],
    ({ ids }) => `INSERT INTO refund_totals VALUES ('${ids.paidByC}', 20, 1, 1)`,
  ],
  [
    'refunds of more than was paid',
    ['refunds', 'request-hashes'],
    ({ ids }) => `
      UPDATE transactions SET parent_transaction_id = '${ids.capture}' WHERE transaction_id = '${ids.refund}';
      UPDATE refund_totals SET refunded = 40, refunds = 1 WHERE transaction_id = '${ids.payment}';
      UPDATE refund_totals SET refunded = 70, refunds = 2 WHERE transaction_id = '${ids.capture}'`,
  ],
  [
    'a refund of a deposit',
    ['refunds', 'request-hashes'],
    ({ ids }) => `
      UPDATE transactions SET parent_transaction_id = '${ids.deposit}' WHERE transaction_id = '${ids.refund}';
      UPDATE refund_totals SET refunded = 40, refunds = 1 WHERE transaction_id = '${ids.payment}';
      INSERT INTO refund_totals VALUES ('${ids.deposit}', 1000, 60, 1)`,
  ],
  [
    'a refund of a payment between others',
    ['refunds', 'request-hashes'],
    ({ ids }) => `
      UPDATE transactions SET parent_transaction_id = '${ids.paidByC}' WHERE kind = 'REFUND' AND parent_transaction_id = '${ids.capture}';
      UPDATE refund_totals SET transaction_id = '${ids.paidByC}', amount = 20 WHERE transaction_id = '${ids.capture}'`,
  ],
  [
    'a reversal that left something',
    ['batch-figures', 'refunds', 'request-hashes', 'reversals-recorded'],
    ({ ids }) => `UPDATE transactions SET kind = 'REVERSAL' WHERE transaction_id = '${ids.refund}'`,
  ],
  [
    'another reason of a refund',
    ['request-hashes'],
    ({ ids }) => `UPDATE transactions SET description = 'altered' WHERE transaction_id = '${ids.refund}'`,
  ],
  [
    'another time of a payment in its caller\u2019s world',
    ['request-hashes'],
    ({ ids }) =>
      `UPDATE transactions SET effective_at = effective_at - interval '1 day' WHERE transaction_id = '${ids.payment}'`,
  ],
  [
    'credit that no change gave',
    ['limits'],
    ({ wallets }) => `UPDATE wallets SET floor = -1000 WHERE wallet_id = '${wallets.a}'`,
  ],
  [
    'a limit that no change set',
    ['limits'],
    ({ wallets }) => `UPDATE wallets SET daily_in = 5000 WHERE wallet_id = '${wallets.a}'`,
  ],
  [
    'a limit that no change lifted',
    ['limits'],
    ({ wallets }) => `UPDATE wallets SET per_payment = NULL WHERE wallet_id = '${wallets.c}'`,
  ],
  [
    'a change of limits that does not begin where the one before ended',
    ['limits'],
    () => `
      UPDATE ledger_batches SET changes = jsonb_set(changes, '{0,from,dailyIn}', '"1"')
       WHERE changes->0->'to'->>'dailyOut' = '100000';
      UPDATE audit_log SET detail = jsonb_set(detail, '{from,dailyIn}', '"1"') WHERE detail->'to'->>'dailyOut' = '100000'`,
  ],
  [
    'a refusal that the audit log calls a change',
    ['status-changes'],
    () => `UPDATE audit_log SET action = 'LIMITS_CHANGED' WHERE action = 'LIMITS_REFUSED'`,
  ],
  [
    'another reason of a refusal in the audit log',
    ['status-changes'],
    () =>
      `UPDATE audit_log SET detail = jsonb_set(detail, '{refused,reason}', '"altered"') WHERE action = 'LIMITS_REFUSED'`,
  ],
  [
    'a reversal that was cut out of the audit log',
    ['reversals-recorded'],
    () =>
      `DELETE FROM audit_log WHERE audit_id = (SELECT max(audit_id) FROM audit_log WHERE action = 'TRANSACTION_REVERSED')`,
  ],
  [
    'a reversal that the audit log has twice',
    ['reversals-recorded'],
    () => `
      INSERT INTO audit_log (at, caller, action, subject, detail)
        SELECT at, caller, action, subject, detail FROM audit_log WHERE action = 'TRANSACTION_REVERSED' LIMIT 1`,
  ],
  [
    'a reversal by another',
    ['reversals-recorded'],
    () => `UPDATE audit_log SET caller = 'altered' WHERE action = 'TRANSACTION_REVERSED'`,
  ],
  [
    'a reversal for another reason',
    ['reversals-recorded'],
    () =>
      `UPDATE audit_log SET detail = jsonb_set(detail, '{reason}', '"altered"') WHERE action = 'TRANSACTION_REVERSED'`,
  ],
  [
    'a reversal that is said to be of another request',
    ['reversals-recorded'],
    () => `UPDATE audit_log SET detail = detail || '{"traceId": "altered"}' WHERE action = 'TRANSACTION_REVERSED'`,
  ],
  [
    'a reversal of more in the audit log',
    ['reversals-recorded'],
    () =>
      `UPDATE audit_log SET detail = jsonb_set(detail, '{after,amount}', '"1000.0000"') WHERE action = 'TRANSACTION_REVERSED'`,
  ],
  [
    'a row of a reversal that was never made',
    ['reversals-recorded'],
    ({ ids }) => `
      INSERT INTO audit_log (caller, action, subject, detail)
      VALUES ('x', 'TRANSACTION_REVERSED', '${ids.deposit}', '{"after": {"transactionId": "${ids.deposit}"}}')`,
  ],
  [
    'a change of status for which another request is told',
    ['status-changes'],
    () => `UPDATE audit_log SET detail = detail || '{"traceId": "altered"}' WHERE action = 'WALLET_STATUS_CHANGED'`,
  ],
  [
    'a counter that counts too much out',
    ['day-counters'],
    ({ wallets }) => `UPDATE wallets SET day_out = day_out + 1 WHERE wallet_id = '${wallets.c}'`,
  ],
  [
    'a counter that counts too little in',
    ['day-counters'],
    ({ wallets }) => `UPDATE wallets SET day_in = day_in - 1 WHERE wallet_id = '${wallets.a}'`,
  ],
  [
    'a counter that a hold of the day before was given back to',
    ['day-counters'],
    ({ wallets }) => `UPDATE wallets SET day_out = day_out - 40 WHERE wallet_id = '${wallets.a}'`,
  ],
  [
    'counters of another day',
    ['day-counters'],
    ({ wallets }) => `UPDATE wallets SET counter_day = counter_day - 1 WHERE wallet_id = '${wallets.d}'`,
  ],
  [
    'more out in a day than its limit',
    ['limits-kept'],
    () => inChanges('"dailyOut": "5000000"', '"dailyOut": "1400000"'),
  ],
  [
    'more in in a day than its limit',
    ['limits-kept'],
    ({ wallets }) => `${inChanges('"dailyIn": "20000000"', '"dailyIn": "100000"')};
      UPDATE wallets SET daily_in = 10 WHERE wallet_id = '${wallets.c}'`,
  ],
  [
    'more at once than its limit',
    ['limits-kept'],
    ({ wallets }) => `${inChanges('"perPayment": "3000000"', '"perPayment": "1000000"')};
      UPDATE wallets SET per_payment = 100 WHERE wallet_id = '${wallets.c}'`,
  ],
  [
    'a credit that was passed, although it would be kept now',
    ['floors'],
    () => inChanges('"creditLimit": "2000000"', '"creditLimit": "900000"'),
  ],
];

/** What no other check would see, since it is only sealed. */
const sealedOnly: [what: string, sql: Sql][] = [
  [
    'another time in a caller\u2019s world',
    ({ ids }) => `UPDATE transactions SET effective_at = NULL WHERE transaction_id = '${ids.payment}'`,
  ],
  [
    'another amount given back',
    ({ ids }) => `UPDATE transactions SET released = released - 1 WHERE transaction_id = '${ids.finalCapture}'`,
  ],
  [
    'another end of a hold',
    ({ holds }) => `UPDATE holds SET expires_at = expires_at + interval '1 ms' WHERE hold_id = '${holds.pending}'`,
  ],
  ['another limit in a change', () => inChanges('"perPayment": "3000000"', '"perPayment": "4000000"')],
  ['another code of a refusal', () => inChanges('CREDIT_LIMIT_IN_USE', 'ANOTHER_CODE')],
];

describe('the audit sees', () => {
  test.each(falsifications)('%s as %s', async (_, checks, sql) => {
    const report = await auditFalsified(database, async () => sql(books), reseal);
    expect(failing(report)).toEqual(checks);
  });

  test.each(sealedOnly)('%s as merkle-roots', async (_, sql) => {
    const report = await auditFalsified(database, async () => sql(books), rechain);
    expect(failing(report)).toContain('merkle-roots');
  });
});

describe('an acknowledged', () => {
  const held = (): Acknowledged => ({
    ...{ holdId: books.holds.pending, walletId: books.wallets.a, receiverWalletId: books.wallets.c, amount: '5.00' },
    ...{ currency: 'EUR', status: 'OPEN', captured: '0.00', expiresAt: books.pendingEndsAt },
  });
  const limits = (): Acknowledged => ({ ...books.toldLimits });
  const captured = (): Acknowledged => ({
    ...{
      transactionId: books.ids.finalCapture,
      status: 'SUCCESS',
      kind: 'CAPTURE',
      amount: '50.00',
      released: '70.00',
    },
    ...{ parentTransactionId: books.holds.final, effectiveAt: null },
  });
  const paid = (): Acknowledged => ({
    ...{ transactionId: books.ids.payment, status: 'SUCCESS', amount: '100.00', released: null },
    ...{ parentTransactionId: null, effectiveAt: books.effectiveAt },
  });

  test('hold, capture, payment and change of limits are there as they were told', async () => {
    const report = await audit(database.url, { acknowledged: [held(), captured(), paid(), limits()] });
    expect(failing(report)).toEqual([]);
    expect(report.checks.find(({ name }) => name === 'acknowledged')?.looked).toBe(4);
  });

  test.each<[string, () => Acknowledged, Record<string, unknown>]>([
    ['hold that is not there', held, { holdId: '00000000-0000-7000-8000-000000000000' }],
    ['hold of another amount', held, { amount: '5.01' }],
    ['hold for another', held, { receiverWalletId: '00000000-0000-7000-8000-000000000000' }],
    ['hold that was over', held, { status: 'VOIDED' }],
    ['hold of which more was captured', held, { captured: '0.01' }],
    ['hold of another end', held, { expiresAt: '2030-01-01T00:00:00.000Z' }],
    ['capture that gave back something else', captured, { released: '70.01' }],
    ['capture of another hold', captured, { parentTransactionId: null }],
    ['payment of another time', paid, { effectiveAt: '2030-01-01T00:00:00.000Z' }],
    ['change of limits under another key', limits, { idempotencyKey: 'other' }],
    ['change of limits of another wallet', limits, { walletId: '00000000-0000-7000-8000-000000000000' }],
    ['change of limits that was refused', limits, { failureCode: 'CREDIT_LIMIT_IN_USE' }],
    [
      'change to other limits',
      limits,
      { limits: { creditLimit: null, perPayment: null, dailyOut: '10.00', dailyIn: null } },
    ],
  ])('%s is missed', async (_, answer, altered) => {
    const told = { ...answer(), ...altered } as Acknowledged;
    expect(failing(await audit(database.url, { acknowledged: [told] }))).toEqual(['acknowledged']);
  });
});
