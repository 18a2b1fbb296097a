import { describe, expect, test } from 'vitest';
import { fillIn, isCommand, readRequests } from '../contract/command-shape.js';
import { batchPaymentsMax } from '../contract/limits.js';
import { limitsChange, reversal } from '../testing/money-commands.js';
import { atomicBatch, payment, statusChange, transfer } from '../testing/test-engines.js';

const [a, b] = ['01a204c4-5be4-733a-8403-d060098f0282', '01a204c4-5be4-733a-8403-d060098f0283'];

const paymentsOf = (count: number) => Array.from({ length: count }, () => atomicBatch([[a, b, 100n]]).payments[0]);

describe('a command', () => {
  test.each([
    payment(a, b, 100n),
    payment(a, b, 100n, { parentTransactionId: b }),
    transfer('DEPOSIT', null, a, 100n),
    transfer('WITHDRAWAL', a, null, 100n),
    atomicBatch([[a, b, 100n]]),
    { ...atomicBatch([[a, b, 100n]]), payments: paymentsOf(batchPaymentsMax) },
    statusChange(a, 'ACTIVE'),
    { ...statusChange(a, 'ACTIVE'), traceId: '4bf92f3577b34da6a3ce929d0e0e4736' },
    { ...payment(a, b, 100n), scope: 'shop' },
  ])('is taken: $type $kind', (command) => {
    expect(isCommand(command)).toBe(true);
  });

  test.each([
    null,
    'payment',
    {},
    { ...payment(a, b, 100n), metadata: { a: 1 } },
    ...['1', '0', '-100', '0x64', '1e2', '', '1000000000000000000'].map((amount) => ({
      ...payment(a, b, 100n),
      amount,
    })),
    { ...payment(a, b, 100n), currency: 'XXX' },
    { ...payment(a, b, 100n), amount: 1 },
    { ...payment(a, b, 100n), keyDigest: 'x' },
    { ...payment(a, b, 100n), senderWalletId: null },
    { ...payment(a, b, 100n), kind: 'GIFT' },
    { ...payment(a, b, 100n), type: 'GIFT' },
    ...['now', 0.5, -1, 1e16, Number.POSITIVE_INFINITY].map((initiatedAtMs) => ({
      ...payment(a, b, 100n),
      initiatedAtMs,
    })),
    ...[null, 7, 'no id'].map((parentTransactionId) => ({ ...payment(a, b, 100n), parentTransactionId })),
    { ...atomicBatch([[a, b, 100n]]), payments: undefined },
    { ...atomicBatch([[a, b, 100n]]), payments: [] },
    { ...atomicBatch([[a, b, 100n]]), payments: [null] },
    { ...atomicBatch([[a, b, 100n]]), payments: paymentsOf(batchPaymentsMax + 1) },
    { ...atomicBatch([[a, b, 100n]]), payments: [{ ...payment(a, b, 100n), kind: 'DEPOSIT' }] },
    // One that would be taken for a caller who is not bound.
    ...[null, '', 7, 'a b', 'x'.repeat(101)].map((scope) => ({ ...payment(a, b, 100n), scope })),
    { ...statusChange(a, 'ACTIVE'), status: 'RICH' },
    { ...statusChange(a, 'ACTIVE'), walletId: "'; --" },
    ...[null, 7, '', 'x'.repeat(32), 'a'.repeat(1_000)].flatMap((traceId) =>
      [statusChange(a, 'ACTIVE'), reversal(b, a), limitsChange(a, {})].map((command) => ({ ...command, traceId })),
    ),
  ])('is not taken: %j', (value) => {
    expect(isCommand(value)).toBe(false);
  });
});

test('a message that cannot be read holds no request', () => {
  const message = (text: string) => ({ json: <T>() => JSON.parse(text) as T });
  const request = { id: 1, partition: 2, epoch: 3, msLeft: [], commands: [] };
  expect(readRequests(message(JSON.stringify({ requests: [request] })))).toEqual([request]);
  const bad = [
    null,
    {},
    { ...request, msLeft: [5] },
    { ...request, msLeft: [{}], commands: [{}] },
    { ...request, commands: {} },
    { ...request, id: '1' },
    { ...request, epoch: undefined },
  ];
  for (const text of ['', 'no', 'null', '{}', ...bad.map((each) => JSON.stringify({ requests: [request, each] }))]) {
    expect(readRequests(message(text))).toBeNull();
  }
});

test('payments of an atomic batch are PAYMENTs, also when a gateway of 0.1.0 does not say so', () => {
  const batch = atomicBatch([[a, b, 100n]]);
  const { kind: _, ...unsaid } = batch.payments[0] as (typeof batch.payments)[0];
  const old = { ...batch, payments: [unsaid] };
  expect(isCommand(old)).toBe(true);
  fillIn(old as typeof batch);
  expect(old).toEqual(batch);
});
