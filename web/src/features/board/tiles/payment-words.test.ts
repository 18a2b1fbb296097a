import type { LivePayment } from '@smart-wallet/engine/contract/live.js';
import { transactionKinds } from '@smart-wallet/engine/contract/transaction-kind.js';
import { expect, test } from 'vitest';
import { payment } from '../../../testing/live-data.js';
import { isOfHold, outcomeWord, receiverText, rowTitle, senderText, waitedText } from './payment-words.js';

test('each kind has a word of its own for what happened to the money', () => {
  const words = transactionKinds.map((kind) => outcomeWord(payment('t', { kind })));
  expect(words).toEqual([
    ...['paid', 'paid in', 'paid out', 'held', 'captured', 'voided', 'expired', 'refunded', 'reversed'],
  ]);
});

test('whatever was asked for, it was refused', () => {
  for (const kind of transactionKinds) expect(outcomeWord(payment('t', { kind, status: 'FAILED' }))).toBe('refused');
});

test('a kind that this page does not know is done, and moves something', () => {
  const newer = payment('t', { kind: 'SPLIT' as LivePayment['kind'] });
  expect([outcomeWord(newer), isOfHold(newer)]).toEqual(['done', false]);
});

test('a hold, its void and its expiry leave the money where it is', () => {
  expect(transactionKinds.filter((kind) => isOfHold(payment('t', { kind })))).toEqual(['HOLD', 'VOID', 'EXPIRY']);
});

test('nobody waited for an expiry', () => {
  expect(waitedText(payment('t', { kind: 'EXPIRY', latencyMs: 5 }))).toBe('');
  expect(waitedText(payment('t', { kind: 'CAPTURE', latencyMs: 5 }))).toBe('5 ms');
});

test('who is not known yet is named by what they are, or by their id', () => {
  expect(senderText(payment('t', { kind: 'DEPOSIT' }))).toBe('Deposit');
  expect(receiverText(payment('t', { kind: 'WITHDRAWAL' }))).toBe('Withdrawal');
  expect(senderText(payment('t', { senderName: 'Anna' }))).toBe('Anna');
  expect(receiverText(payment('t'))).toBe('receiver');
});

test('close up, the kind, the code and the id are told', () => {
  expect(rowTitle(payment('t', { kind: 'CAPTURE', status: 'FAILED', failureCode: 'HOLD_EXPIRED' }))).toBe(
    'CAPTURE HOLD_EXPIRED t',
  );
  expect(rowTitle(payment('t'))).toBe('PAYMENT t');
});
