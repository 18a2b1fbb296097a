import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandResult } from '@smart-wallet/engine/contract/commands.js';
import { commandDeadlineMs } from '@smart-wallet/engine/contract/limits.js';
import type { RefusalCode, RejectionCode } from '@smart-wallet/engine/contract/rejection.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { replyGraceMs } from './engine-client/open-calls.js';
import { recorded } from './testing/fake-owner.js';
import {
  auth,
  expectProblem,
  good,
  type PaymentApp,
  receiver,
  sender,
  startPaymentApp,
} from './testing/payment-app.js';
import { claimAll } from './testing/test-app.js';

let app: PaymentApp;
let http: PaymentApp['http'];
let engine: PaymentApp['engine'];

beforeAll(async () => {
  app = await startPaymentApp();
  ({ http, engine } = app);
});
afterAll(() => app.close());
beforeEach(() => app.reset());

const pay: PaymentApp['pay'] = (...asked) => app.pay(...asked);

describe('what the engine refuses or rejects', () => {
  const transactionId = '01a204c9-697c-7089-a270-24c08ebe0345';
  const failed = (code: RefusalCode): CommandResult => ({
    outcome: 'RECORDED',
    replayed: false,
    transaction: {
      ...recorded(engine.seen[0] as never, transactionId),
      status: 'FAILED',
      failureCode: code,
      failureReason: 'because',
    },
  });

  it.each<RefusalCode>(['INSUFFICIENT_FUNDS', 'WALLET_NOT_ACTIVE', 'CURRENCY_MISMATCH', 'BALANCE_LIMIT_EXCEEDED'])(
    '%s is 422 with the transaction, and its replay differs in the trace id alone',
    async (code) => {
      engine.decide = () => failed(code);
      const first = await pay(good);
      expect(expectProblem(first, 422, code)).toMatchObject({ detail: 'because', transactionId });
      engine.decide = () => ({ ...failed(code), replayed: true }) as CommandResult;
      const replay = await pay(good);
      expect(replay.headers['idempotency-replayed']).toBe('true');
      expect({ ...replay.json(), traceId: '' }).toEqual({ ...first.json(), traceId: '' });
      expect(first.headers['idempotency-replayed']).toBeUndefined();
      for (const answer of [first, replay]) expect(answer.json().traceId).toBe(answer.headers['trace-id']);
      expect(replay.json().traceId).not.toBe(first.json().traceId);
    },
  );

  it.each<[RejectionCode, number]>([
    ['WALLET_NOT_FOUND', 404],
    ['IDEMPOTENCY_KEY_REUSED', 422],
  ])('%s is %i', async (code, status) => {
    engine.decide = () => ({ outcome: 'NOT_RECORDED', code, detail: 'the reason' });
    expect(expectProblem(await pay(good), status, code).detail).toBe('the reason');
  });

  it.each<[RejectionCode, number]>([
    ['ILLEGAL_STATUS_CHANGE', 409],
    ['WALLET_NOT_EMPTY', 409],
    ['WALLET_NOT_FOUND', 404],
  ])('a status change that is %s is %i', async (code, status) => {
    engine.decide = () => ({ outcome: 'NOT_RECORDED', code, detail: 'the reason' });
    const url = `/api/wallets/${sender}/status`;
    const response = await http.inject({ method: 'PATCH', url, payload: { status: 'CLOSED' }, headers: auth });
    expectProblem(response, status, code);
  });

  it('a hold whose time is over is for its engine to judge, which knows whether it was made before, and 400 when it is new', async () => {
    const payload = { walletId: sender, receiverWalletId: receiver, amount: '1.00', currency: 'EUR' };
    const ask = () =>
      http.inject({
        ...{ method: 'POST', url: '/api/holds', headers: { ...auth, 'idempotency-key': 'late' } },
        payload: { ...payload, expiresAt: '2026-01-01T00:00:00Z' },
      });
    engine.decide = () => failed('HOLD_EXPIRED');
    expect(expectProblem(await ask(), 400, 'VALIDATION_FAILED')).toMatchObject({
      errors: [{ field: 'expiresAt', rule: 'RANGE' }],
    });
    engine.decide = () => failed('INSUFFICIENT_FUNDS');
    expectProblem(await ask(), 422, 'INSUFFICIENT_FUNDS');
  });

  it.each(['OVERLOADED', 'STORAGE_UNAVAILABLE', 'DEADLINE_EXCEEDED'] as const)(
    '%s is 503 with Retry-After',
    async (code) => {
      engine.decide = () => ({ outcome: 'NOT_DONE', code });
      const response = await pay(good);
      expect(expectProblem(response, 503, code).detail).toMatch(/This request did nothing/);
      expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    },
  );

  it('a partition without an owner is 503 PARTITION_UNAVAILABLE at the deadline', async () => {
    for (let partition = 0; partition < 64; partition++) {
      engine.client.ownership({ type: 'RELEASED', partition, epoch: 1, workerId: 'w', workerName: 'w', atMs: 0 });
    }
    const response = pay(good);
    await sleep(100);
    engine.pass(commandDeadlineMs);
    expectProblem(await response, 503, 'PARTITION_UNAVAILABLE');
    claimAll(engine, 2);
  });

  it('no answer in time is 504 OUTCOME_UNKNOWN, never 503', async () => {
    claimAll(engine, 3);
    engine.decide = () => null;
    const response = pay(good);
    await sleep(100);
    engine.pass(commandDeadlineMs + replyGraceMs);
    expect(expectProblem(await response, 504, 'OUTCOME_UNKNOWN').detail).toMatch(/same Idempotency-Key/);
  });
});
