import type { TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import { keyDigest } from '@smart-wallet/engine/contract/digest.js';
import { heartbeatTtlMs } from '@smart-wallet/engine/contract/limits.js';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeOwner, recordEverything, recorded } from '../testing/fake-owner.js';
import { EngineClient, sweepEveryMs } from './engine-client.js';
import { LeastProtocol } from './least-protocol.js';
import { NatsTransport } from './nats-transport.js';
import { OwnershipMap } from './ownership-map.js';
import { ScopedCommands } from './scoped-commands.js';

// The engine client over a real NATS server, with owners that are scripted.

const natsUrl = process.env.TEST_NATS_URL ?? '';
const failOnFault = (error: unknown) => {
  throw error;
};
const partitions = Array.from({ length: 64 }, (_, partition) => partition);
let namespace: string;
/** All engines are of this version. */
const newest = new LeastProtocol({ query: async () => ({ rows: [{ protocol: 5 }] }) } as never);
let client: EngineClient;
let owners: FakeOwner[];
let stop: (() => Promise<void>) | undefined;

beforeEach(async () => {
  if (!natsUrl) throw new Error('TEST_NATS_URL is not set: run the tests with npm test');
  namespace = `t${uuidv7().replaceAll('-', '')}`;
  owners = [];
  const transport = await NatsTransport.open(natsUrl, namespace, pino({ level: 'silent' }));
  const ownership = new OwnershipMap(64, heartbeatTtlMs);
  client = new EngineClient({
    scoped: new ScopedCommands(newest),
    transport,
    ownership,
    now: () => performance.now(),
    atTickEnd: setImmediate,
    onFault: failOnFault,
  });
  transport.listen(client);
  await transport.ping();
  const sweeping = setInterval(() => client.sweep(), sweepEveryMs);
  stop = async () => {
    clearInterval(sweeping);
    await transport.close();
    await Promise.all(owners.map((owner) => owner.stop()));
  };
});
afterEach(() => stop?.());

async function owner(...[decide]: [Parameters<typeof FakeOwner.start>[2]?]): Promise<FakeOwner> {
  const started = await FakeOwner.start(process.env.TEST_ENGINE_NATS_URL as string, namespace, decide);
  owners.push(started);
  return started;
}

function payment(): TransferCommand {
  const idempotencyKey = uuidv7();
  return {
    type: 'TRANSFER',
    kind: 'PAYMENT',
    caller: 'dev',
    idempotencyKey,
    keyDigest: keyDigest('dev', idempotencyKey),
    requestHash: '0'.repeat(32),
    senderWalletId: uuidv7(),
    receiverWalletId: uuidv7(),
    amount: '10000',
    currency: 'EUR',
    reference: null,
    description: null,
    metadata: null,
    initiatedAtMs: Date.now(),
  };
}

const pay = (count: number) => Promise.all(Array.from({ length: count }, () => client.execute(payment())));

describe('over NATS', () => {
  it('a thousand payments reach the owner once each', async () => {
    const a = await owner();
    await a.claim(partitions, 1);
    const results = await pay(1_000);
    expect(new Set(results.map((result) => result.outcome))).toEqual(new Set(['RECORDED']));
    expect(a.received).toHaveLength(1_000);
    expect(client.figures.requests).toBeLessThanOrEqual(64);
  });

  it('payments made before anybody owns anything wait for an owner', async () => {
    const results = pay(50);
    const a = await owner();
    await a.claim(partitions, 1);
    expect((await results).every((result) => result.outcome === 'RECORDED')).toBe(true);
  });

  it('a planned handover fails nothing', async () => {
    const [a, b] = [await owner(), await owner()];
    await a.claim(partitions, 1);
    const results = pay(200);
    await a.release(partitions);
    const late = pay(200);
    await b.claim(partitions, 2);
    expect([...(await results), ...(await late)].every((result) => result.outcome === 'RECORDED')).toBe(true);
    expect(b.received.length).toBeGreaterThanOrEqual(200);
  });

  it('what a frozen owner never answered goes to the next one with the same keys', async () => {
    const a = await owner(() => new Promise(() => {}));
    await a.claim(partitions, 1);
    const results = pay(100);
    while (client.figures.commandsSent < 100) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(a.received.length).toBeGreaterThan(0);
    const b = await owner();
    await b.claim(partitions, 2);
    expect((await results).every((result) => result.outcome === 'RECORDED')).toBe(true);
    const keys = (from: FakeOwner) => from.received.map(({ command }) => (command as TransferCommand).idempotencyKey);
    expect(keys(b)).toHaveLength(100);
    expect(keys(b)).toEqual(expect.arrayContaining(keys(a)));
  });

  it('an owner that is gone without a word is not done, until another one claims', async () => {
    const a = await owner();
    await a.claim(partitions, 1);
    await a.stop();
    const results = pay(20);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const b = await owner(recordEverything());
    await b.claim(partitions, 2);
    expect((await results).every((result) => result.outcome === 'RECORDED')).toBe(true);
    expect(client.figures.retries).toBeGreaterThan(0);
  });

  it('an unknown outcome is asked for again', async () => {
    const seen = new Set<string>();
    const a = await owner((command) => {
      const { keyDigest: digest } = command as TransferCommand;
      if (seen.has(digest)) return { outcome: 'RECORDED', transaction: recorded(command), replayed: true };
      seen.add(digest);
      return { outcome: 'UNKNOWN' };
    });
    await a.claim(partitions, 1);
    expect((await pay(20)).every((result) => result.outcome === 'RECORDED' && result.replayed)).toBe(true);
  });
});
