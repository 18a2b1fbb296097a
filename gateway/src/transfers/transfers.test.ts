import { setTimeout as sleep } from 'node:timers/promises';
import type { CachedAnswer } from '@smart-wallet/engine/contract/cached-answer.js';
import type { Command, CommandResult, TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import { describe, expect, it, vi } from 'vitest';
import type { EngineResult } from '../engine-client/call.js';
import type { EngineClient } from '../engine-client/engine-client.js';
import { AnswerCache } from '../idempotency/answer-cache.js';
import type { Database } from '../storage/database.js';
import { recordEverything } from '../testing/fake-owner.js';
import { claimAll, startTestApp, testToken } from '../testing/test-app.js';
import type { KeyedTransactionRow } from '../transactions/keyed-transactions.js';
import { Gathered } from './gathered.js';
import { Transfers } from './transfers.js';

const id = '01a204c4-5be4-733a-8403-d060098f0282';
const other = '01a204c4-5be4-733a-8403-d060098f0283';
const requestHash = '00112233445566778899aabbccddeeff';
const command = {
  ...{ type: 'TRANSFER', kind: 'PAYMENT', caller: 'dev', idempotencyKey: 'k', keyDigest: 'a'.repeat(32), requestHash },
} as TransferCommand;
const cached: CachedAnswer = { requestHash, kind: 'TRANSACTION', outcomeId: id, status: 'SUCCESS', answeredAtMs: 0 };
const row = {
  ...{ transaction_id: id, kind: 'PAYMENT', status: 'SUCCESS', caller: 'dev', idempotency_key: 'k' },
  ...{
    scope: null,
    request_hash: '00112233-4455-6677-8899-aabbccddeeff',
    sender_wallet_id: id,
    receiver_wallet_id: other,
  },
  ...{ failure_code: null, failure_reason: null, partition: 3, batch_seq: '7' },
  ...{ initiated_ms: '3', processing_ms: '4', created_ms: '5' },
} as KeyedTransactionRow;
const decided = { outcome: 'UNKNOWN' } as const;

interface Given {
  answer?: CachedAnswer | null;
  rows?: () => Promise<KeyedTransactionRow[]>;
}

function given({ answer = cached, rows = async () => [row] }: Given) {
  const queries: unknown[] = [];
  const engine = {
    start: (_: unknown, done: (result: EngineResult) => void) => done(decided),
  } as unknown as EngineClient;
  const cache = new AnswerCache({ find: async (digests) => digests.map(() => answer) }, () => 0);
  const database = {
    query: async (query: { values: unknown[] }) => {
      queries.push(query.values);
      return { rows: await rows() };
    },
  } as unknown as Database;
  return { transfers: new Transfers(engine, cache, database), queries };
}

/** Not alone: the cache is asked before the engine. */
async function executed(transfers: Transfers): Promise<EngineResult> {
  const [result] = await Promise.all([transfers.execute(command), transfers.execute(command)]);
  return result;
}

describe('a key that the cache says is answered', () => {
  it('is answered from the row that it names', async () => {
    expect(await executed(given({}).transfers)).toMatchObject({
      outcome: 'RECORDED',
      replayed: true,
      transaction: { transactionId: id, batchSeq: 7, createdAtMs: 5 },
    });
  });

  it('is decided anew when the ledger has no such row: it was restored from before', async () => {
    expect(await executed(given({ rows: async () => [] }).transfers)).toEqual(decided);
  });

  it.each([
    ['another caller', { caller: 'eve' }],
    ['another key', { idempotency_key: 'K' }],
  ])('is decided by the engine when the row is of %s', async (_, fields) => {
    expect(await executed(given({ rows: async () => [{ ...row, ...fields }] }).transfers)).toEqual(decided);
  });

  it('is rejected with another request than the row\u2019s, whatever Redis says', async () => {
    const rows = async () => [{ ...row, scope: null, request_hash: other }];
    expect(await executed(given({ rows }).transfers)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('is decided by the engine when it names no transaction', async () => {
    const { transfers, queries } = given({ answer: { ...cached, kind: 'ATOMIC_BATCH' } });
    expect(await executed(transfers)).toEqual(decided);
    expect(queries).toEqual([]);
  });

  it('is decided by the engine when the row cannot be read, now or in time', async () => {
    expect(await executed(given({ rows: () => Promise.reject(new Error('away')) }).transfers)).toEqual(decided);
    expect(await executed(given({ rows: () => new Promise(() => {}) }).transfers)).toEqual(decided);
  });

  it('costs one query with all others of its tick', async () => {
    const { transfers, queries } = given({});
    const results = await Promise.all(Array.from({ length: 50 }, () => transfers.execute(command)));
    expect(new Set(results.map((result) => result.outcome))).toEqual(new Set(['RECORDED']));
    expect(queries).toEqual([[[id], id, id]]);
  });
});

describe('a lone caller', () => {
  /** The answers of engine and cache, to be given by each test. */
  function alone() {
    const decide: ((result: EngineResult) => void)[] = [];
    const find: ((answers: (CachedAnswer | null)[]) => void)[] = [];
    const engine = { start: (_: unknown, done: (result: EngineResult) => void) => decide.push(done) };
    const cache = { find: (_: unknown, found: (answers: (CachedAnswer | null)[]) => void) => find.push(found) };
    const database = { query: async () => ({ rows: [row] }) };
    const transfers = new Transfers(...([engine, cache, database] as unknown as [EngineClient, AnswerCache, Database]));
    const results: EngineResult[] = [];
    const execute = () => transfers.start([command], (_, result) => results.push(result));
    return { execute, decide, find, results };
  }

  it('need not wait for the cache: its engine is asked beside it', async () => {
    const { execute, decide, find, results } = alone();
    execute();
    await vi.waitFor(() => expect(decide).toHaveLength(1));
    decide[0]?.(decided);
    expect(results).toEqual([decided]);
    await vi.waitFor(() => expect(find).toHaveLength(1));
    find[0]?.([cached]);
    await sleep(5);
    expect(results).toEqual([decided]);
  });

  it('is told a replay by whoever knows it first, once', async () => {
    const { execute, decide, find, results } = alone();
    execute();
    await vi.waitFor(() => expect(find).toHaveLength(1));
    find[0]?.([cached]);
    await vi.waitFor(() => expect(results).toMatchObject([{ outcome: 'RECORDED', replayed: true }]));
    decide[0]?.(decided);
    expect(results).toHaveLength(1);
  });

  const turnedAway = { outcome: 'NOT_DONE', code: 'STORAGE_UNAVAILABLE' } as const;

  it('hears that nothing was done only once the cache knows of nothing: it may have been done before', async () => {
    const { execute, decide, find, results } = alone();
    execute();
    await vi.waitFor(() => expect(find).toHaveLength(1));
    decide[0]?.(turnedAway);
    expect(results).toEqual([]);
    find[0]?.([cached]);
    await vi.waitFor(() => expect(results).toMatchObject([{ outcome: 'RECORDED', replayed: true }]));
  });

  it.each([
    ['knows nothing of the key', [null]],
    ['cannot be asked', []],
    ['names something else', [{ ...cached, kind: 'ATOMIC_BATCH' as const }]],
  ])('that is turned away hears it when the cache %s', async (_, answers) => {
    const { execute, decide, find, results } = alone();
    execute();
    await vi.waitFor(() => expect(find).toHaveLength(1));
    decide[0]?.(turnedAway);
    find[0]?.(answers);
    expect(results).toEqual([turnedAway]);
    execute();
    await vi.waitFor(() => expect(find).toHaveLength(2));
    find[1]?.(answers);
    decide[1]?.(turnedAway);
    expect(results).toEqual([turnedAway, turnedAway]);
  });

  it('that is not alone any more waits for the cache with the others', async () => {
    const { execute, decide, find } = alone();
    execute();
    execute();
    await vi.waitFor(() => expect(find).toHaveLength(1));
    expect(decide).toEqual([]);
    find[0]?.([null, null]);
    expect(decide).toHaveLength(2);
  });
});

describe('over HTTP, in company', () => {
  async function started() {
    const app = await startTestApp();
    claimAll(app.engine);
    app.engine.decide = recordEverything() as (command: Command) => CommandResult;
    const pay = (key: string) =>
      app.http.inject({
        ...{ method: 'POST', url: '/api/payments' },
        headers: { authorization: `Bearer ${testToken}`, 'idempotency-key': key },
        payload: { senderWalletId: id, receiverWalletId: other, amount: '1.00', currency: 'EUR' },
      });
    // Callers that came back a moment ago are expected again: the next one is held back for them.
    for (let round = 0; round < 5; round++)
      await Promise.all(Array.from({ length: 16 }, (_, i) => pay(`r${round}-${i}`)));
    app.engine.seen = [];
    return { ...app, pay };
  }

  it('the same call while the first is held back is made once, and both are answered', async () => {
    const { engine, pay, close } = await started();
    const [a, b] = await Promise.all([pay('k'), pay('k')]);
    expect([a.statusCode, b.statusCode]).toEqual([201, 201]);
    expect(a.json()).toEqual(b.json());
    expect(engine.seen).toHaveLength(1);
    await close();
  });

  it('a gateway that stops loses nothing of what is held back', async () => {
    const { engine, pay, close } = await started();
    const arrived = new Promise<void>((resolve) => {
      vi.spyOn(Gathered.prototype, 'add').mockImplementationOnce(function (this: Gathered<unknown>, item, payments) {
        this.add(item, payments);
        resolve();
      });
    });
    const answer = pay('last');
    await arrived;
    expect(engine.seen).toEqual([]);
    const closed = close();
    expect((await answer).statusCode).toBe(201);
    await closed;
  });
});
