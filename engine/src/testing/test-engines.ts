import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createInbox, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { createScratchDatabase, type ScratchDatabase } from '@smart-wallet/local-stack/scratch-database.mjs';
import pino from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { routingIdOf } from '../contract/command-traits.js';
import type {
  AtomicBatchCommand,
  Command,
  CommandResult,
  ReplyMessage,
  StatusChangeCommand,
  TransferCommand,
  TransferKind,
} from '../contract/commands.js';
import { keyDigest, mintKey } from '../contract/digest.js';
import { commandDeadlineMs } from '../contract/limits.js';
import { natsLogin } from '../contract/nats-options.js';
import { partitionOf } from '../contract/partition.js';
import { atomicRequestHash, requestHash, statusChangeHash } from '../contract/request-hash.js';
import { readCommandResult } from '../contract/result-shape.js';
import { commandSubject, inboxPrefix } from '../contract/subjects.js';
import type { PaymentTerms } from '../contract/transfer-terms.js';
import type { WalletStatus } from '../contract/wallet.js';
import { Engine } from '../engine.js';

/** One, in ten-thousandths. */
export const euro = 10_000n;

/** Real engines on a database and a namespace of their own, and a plain client for them. */
export class TestEngines {
  readonly namespace = `t${randomBytes(5).toString('hex')}`;
  readonly members: Engine[] = [];
  readonly #partitionCount = 64;

  private constructor(
    readonly database: ScratchDatabase,
    readonly nats: NatsConnection,
    private readonly enginesActive: number | null,
  ) {}

  /** All of them active, unless `enginesActive` says how many. `prepare`: what is done to the database before they start. */
  static async start(
    engineCount: number,
    enginesActive: number | null = null,
    prepare: (database: ScratchDatabase) => Promise<void> = async () => {},
  ): Promise<TestEngines> {
    const nats = await connect(natsLogin(required('TEST_NATS_URL')));
    const engines = new TestEngines(await createScratchDatabase(), nats, enginesActive);
    await prepare(engines.database);
    await Promise.all(Array.from({ length: engineCount }, () => engines.startEngine()));
    await engines.allOwned();
    return engines;
  }

  async startEngine({
    databaseUrl = this.database.urlAs('wallet_engine'),
    enginesActive = this.enginesActive,
  }: {
    databaseUrl?: string;
    enginesActive?: number | null;
  } = {}): Promise<Engine> {
    const workerName = `test-${this.members.length + 1}`;
    const engine = new Engine(
      {
        databaseUrl,
        redisUrl: required('TEST_ENGINE_REDIS_URL'),
        natsUrl: required('TEST_ENGINE_NATS_URL'),
        namespace: this.namespace,
        workerName,
        enginesActive,
        logLevel: 'silent',
        liveStream: true,
        answerCacheMb: 64,
        healthHost: '127.0.0.1',
        healthPort: 0,
        tracing: null,
      },
      pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
    );
    this.members.push(engine);
    await engine.start();
    return engine;
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((engine) => engine.stop()));
    await this.nats.close();
    await this.database.drop();
  }

  /** Resolves when every partition has an owner among the engines. */
  async allOwned(): Promise<void> {
    for (;;) {
      const { rows } = await this.database.admin.query('SELECT 1 FROM partitions WHERE worker_id IS NULL LIMIT 1');
      if (rows.length === 0) return;
      await sleep(50);
    }
  }

  async createWallet(status: WalletStatus = 'ACTIVE', currency = 'EUR', walletId = uuidv7()): Promise<string> {
    await this.database.admin.query('SELECT create_wallet($1, NULL, $2, $3, NULL, NULL)', [walletId, currency, status]);
    return walletId;
  }

  async partitionsOf(engine: Engine): Promise<number[]> {
    const { rows } = await this.database.admin.query<{ id: number }>('SELECT id FROM partitions WHERE worker_id = $1', [
      engine.workerId,
    ]);
    return rows.map((row) => row.id);
  }

  /** A wallet whose partition is owned by the given engine. */
  async createWalletOf(engine: Engine, status: WalletStatus = 'ACTIVE'): Promise<string> {
    const owned = new Set(await this.partitionsOf(engine));
    for (;;) {
      const walletId = uuidv7();
      if (owned.has(partitionOf(walletId, this.#partitionCount))) return this.createWallet(status, 'EUR', walletId);
    }
  }

  /** A wallet with so much in it. */
  async rich(amount = 100n * euro): Promise<string> {
    const walletId = await this.createWallet();
    await this.deposit(walletId, amount);
    return walletId;
  }

  async deposit(walletId: string, amount: bigint): Promise<void> {
    const result = await this.send(transfer('DEPOSIT', null, walletId, amount));
    if (result.outcome !== 'RECORDED' || result.transaction.status !== 'SUCCESS') {
      throw new Error(`the deposit failed: ${JSON.stringify(result)}`);
    }
  }

  async balance(walletId: string): Promise<string> {
    const { rows } = await this.database.admin.query('SELECT balance FROM wallets WHERE wallet_id = $1', [walletId]);
    return rows[0].balance;
  }

  /** Sends a command to its partition's owner until it has a definite answer. */
  async send(command: Command): Promise<CommandResult> {
    return (await this.sendAll([command]))[0] as CommandResult;
  }

  /** Sends commands of one partition in one request, so that they reach the mailbox together. */
  async sendAll(commands: Command[], msLeft = commandDeadlineMs): Promise<CommandResult[]> {
    const partition = partitionOf(routingIdOf(commands[0] as Command), this.#partitionCount);
    for (let attempt = 0; ; attempt += 1) {
      try {
        const results = await this.request(partition, commands, msLeft);
        if (!results.some((result) => result.outcome === 'NOT_DONE' && result.code === 'NOT_OWNER')) return results;
      } catch (error) {
        if (attempt > 100) throw error;
      }
      await sleep(50);
    }
  }

  /** Sends one request to the partition's owner. Fails when nobody listens or nothing is answered in time. */
  async request(partition: number, commands: unknown[], msLeft: number, timeoutMs = commandDeadlineMs + 1_000) {
    const { rows } = await this.database.admin.query('SELECT epoch, worker_id FROM partitions WHERE id = $1', [
      partition,
    ]);
    const [{ epoch, worker_id: workerId }] = rows;
    const request = { id: 7, partition, epoch: Number(epoch), msLeft: commands.map(() => msLeft), commands };
    const inbox = createInbox(inboxPrefix(this.namespace));
    const answers = this.nats.subscribe(inbox, { timeout: timeoutMs });
    const refusals = this.nats.subscribe(`${inbox}.*`);
    this.nats.publish(commandSubject(this.namespace, workerId), JSON.stringify({ requests: [request] }), {
      reply: `${inbox}.1`,
    });
    const first = async (subscription: Subscription) => {
      for await (const message of subscription) return message;
      return undefined;
    };
    try {
      const message = await Promise.race([first(answers), first(refusals)]);
      const reply = message?.data.length
        ? message.json<ReplyMessage>().replies?.find(({ id }) => id === request.id)
        : undefined;
      if (!reply) throw new Error('nobody listens there');
      return reply.results.map((result) => readCommandResult(result) as CommandResult);
    } finally {
      answers.unsubscribe();
      refusals.unsubscribe();
    }
  }
}

export function transfer(
  kind: TransferKind,
  senderWalletId: string | null,
  receiverWalletId: string | null,
  amount: bigint,
  changes: Partial<TransferCommand> = {},
): TransferCommand {
  const { idempotencyKey = uuidv7(), currency = 'EUR' } = changes;
  const terms = {
    kind,
    senderWalletId,
    receiverWalletId,
    amount: amount.toString(),
    currency,
    reference: null,
    description: null,
    metadata: null,
  };
  return {
    ...terms,
    type: 'TRANSFER',
    caller: 'test',
    idempotencyKey,
    keyDigest: keyDigest('test', idempotencyKey),
    requestHash: requestHash(terms),
    initiatedAtMs: Date.now(),
    ...changes,
  };
}

export function payment(
  sender: string,
  receiver: string,
  amount: bigint,
  changes: Partial<TransferCommand> = {},
): TransferCommand {
  return transfer('PAYMENT', sender, receiver, amount, changes);
}

export function atomicBatch(
  pairs: [sender: string, receiver: string, amount: bigint][],
  key = uuidv7(),
): AtomicBatchCommand {
  const rest = { currency: 'EUR', reference: null, description: null, metadata: null };
  const payments: PaymentTerms[] = pairs.map(([senderWalletId, receiverWalletId, amount]) => ({
    kind: 'PAYMENT',
    senderWalletId,
    receiverWalletId,
    amount: amount.toString(),
    ...rest,
  }));
  return {
    type: 'ATOMIC_BATCH',
    caller: 'test',
    idempotencyKey: key,
    keyDigest: keyDigest('test', key),
    requestHash: atomicRequestHash(payments),
    payments,
    initiatedAtMs: Date.now(),
  };
}

export function statusChange(walletId: string, status: WalletStatus): StatusChangeCommand {
  const asked = { walletId, status, reason: null };
  return {
    ...{ type: 'STATUS_CHANGE', caller: 'test', ...mintKey(), ...asked },
    ...{ requestHash: statusChangeHash(asked), initiatedAtMs: Date.now() },
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with npm test`);
  return value;
}
