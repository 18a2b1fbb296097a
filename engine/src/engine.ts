import { connect } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { Mailboxes } from './actor/mailbox.js';
import { RecentAnswers } from './actor/recent-answers.js';
import { WalletCache } from './actor/wallet-cache.js';
import { CallPace } from './commit/call-pace.js';
import { CommitLoop } from './commit/commit-loop.js';
import type { CommittedBatch } from './commit/committed-batch.js';
import { LedgerMemory } from './commit/ledger-memory.js';
import { ensureTransactionMonths } from './commit/ledger-months.js';
import type { EngineConfig } from './config.js';
import { lowersForeignWallets } from './contract/command-traits.js';
import { Complaint } from './contract/complaint.js';
import { connectionAdvice } from './contract/connection-failure.js';
import { absenceOf, connectNats } from './contract/nats-connect.js';
import { Database } from './database.js';
import { DatabasePing } from './database-ping.js';
import { CommitFigures } from './health/commit-figures.js';
import { EngineHealth } from './health/engine-health.js';
import { HoldExpiry } from './holds/hold-expiry.js';
import { Leases } from './partition/leases.js';
import { Membership } from './partition/membership.js';
import { Ownership } from './partition/ownership.js';
import { readOwners, registerEngine } from './partition/ownership-store.js';
import { Protocols } from './partition/protocols.js';
import { refuseOlderSchema } from './schema-version.js';
import { openTracing } from './tracing/open-tracing.js';
import { CachedBalances } from './transport/cached-balances.js';
import { CommandServer } from './transport/command-server.js';
import { IdempotencyCache, type KeyedAnswer } from './transport/idempotency-cache.js';
import { warnOfEviction } from './transport/redis-memory.js';
import { untilPostgresAnswers } from './until-postgres-answers.js';

/** How often commands that are out of time are looked for behind a slow call. */
const sweepEveryMs = 100;
const monthsEveryMs = 600_000;

/** One start of an engine process, put together: mailboxes → commit loop → Postgres, under leases, behind NATS. */
export class Engine {
  readonly workerId = uuidv7();
  #stop: (() => Promise<void>) | null = null;
  #stopped: Promise<void> | null = null;
  #ownership: Ownership | null = null;

  constructor(
    private readonly config: EngineConfig,
    private readonly log: Logger,
  ) {}

  async start(): Promise<void> {
    const { config, workerId } = this;
    const log = this.log.child({ engine: config.workerName, workerId });
    const health = new EngineHealth();
    const healthPort = await health.listen(config.healthHost, config.healthPort);
    log.info({ host: config.healthHost, port: healthPort }, 'health and metrics are served');
    const traces =
      config.tracing &&
      (await openTracing(config.tracing, { namespace: config.namespace, name: config.workerName }, log));
    const redis = connectRedis(config.redisUrl, log);
    const { natsUrl: url, namespace, workerName: name } = config;
    const place = { url, namespace, name, noEcho: true };
    const nats = await connectNats(connect, place, log);
    // A takeover may wait a second for another engine's call; it must not hold up this engine's reads.
    const ping = DatabasePing.of(config.databaseUrl, config.workerName);
    const database = new Database(config.databaseUrl, config.workerName, log, ping);
    const ownershipDatabase = new Database(config.databaseUrl, `${config.workerName} ownership`, log, ping);

    await untilPostgresAnswers(() => database.query('SELECT 1'), config.databaseUrl, log);
    await refuseOlderSchema(database);
    await registerEngine(database, workerId, config.workerName);
    await makeMonths(ownershipDatabase, log);
    const partitionCount = (await readOwners(database)).length;

    const mailboxes = new Mailboxes();
    const wallets = new WalletCache(partitionCount);
    const cache = new IdempotencyCache(redis, config.namespace, config.answerCacheMb, log);
    const balances = new CachedBalances(redis, config.namespace, log);
    const server = new CommandServer({
      ...{ nats, namespace: config.namespace, workerId, mailboxes, traces, log },
      absence: absenceOf(connect, place, log),
      databaseNowMs: () => database.nowMs(),
    });
    const ownership = new Ownership({
      ...{ workerId, workerName: config.workerName, partitionCount, enginesActive: config.enginesActive },
      ...{ mailboxes, wallets, server, log },
      membership: new Membership(redis, config.namespace, workerId),
      protocols: new Protocols({ workerId, log, database: ownershipDatabase }),
      leases: new Leases(redis, config.namespace),
      database: ownershipDatabase,
      databaseAnswers: () => ping.answers,
    });
    this.#ownership = ownership;
    const recent = new RecentAnswers();
    const committed = new CommitFigures();
    const loop = new CommitLoop({
      ...{ workerId, mailboxes, database, traces, log },
      memory: new LedgerMemory(partitionCount, wallets, recent, database),
      surroundings: {
        epochOf: (partition) => ownership.epochOf(partition),
        fenced: (partitions) => ownership.fenced(partitions),
        epochsRaised: (held) => ownership.epochsRaised(held),
        committed: (batch) => {
          committed.count(batch.event.figures);
          balances.drop(batch.plan.touched.keys());
          tell(batch, server, cache, config.liveStream);
        },
        perhapsChanged: (walletIds) => balances.drop(walletIds),
      },
      pace: new CallPace(),
    });

    server.hearOwnership((event) => ownership.heard(event));
    server.hearLowered(({ walletIds }) => {
      for (const walletId of walletIds) wallets.forget(walletId);
    });
    const expiry = new HoldExpiry({
      ...{ database, mailboxes, log },
      owned: () => ownership.served(),
    });
    const sweep = setInterval(() => mailboxes.dropExpired(), sweepEveryMs);
    const months = setInterval(() => void makeMonths(ownershipDatabase, log), monthsEveryMs);
    const running = loop.run().catch((error: unknown) => {
      // A bug: the engine must not go on with a state it cannot vouch for. Another one takes over.
      log.fatal({ err: error }, 'the commit loop failed');
      process.exit(1);
    });
    await Promise.all([ping.start(), database.openCommitConnection()]);
    ownership.start();
    cache.startSweep();
    expiry.start();
    health.started(
      () => ({
        databaseAnswers: ping.answers,
        natsConnected: server.connected,
        redisConnected: redis.status === 'ready',
      }),
      {
        ...{ name: config.workerName, workerId },
        transactionsByStatus: () => committed.byStatus(),
        batchSizes: committed.batchSizes,
        callSeconds: database.callSeconds,
        failedCalls: () => database.failedCalls,
        fencedCalls: () => ownership.fencedCalls,
        unknownCalls: () => ownership.unknownCalls,
        epochs: () => ownership.epochs(),
        standsBy: () => ownership.standsBy,
        partitionChanges: () => ownership.changeCounts(),
        mailboxDepth: () => mailboxes.totalDepth(),
        mailboxBytes: () => mailboxes.bytes,
        oldestWaitingSeconds: () => {
          const now = database.nowMs();
          return Math.max(0, now - (mailboxes.oldestInitiatedAtMs() ?? now)) / 1_000;
        },
        cachedWallets: () => wallets.size,
        cachedAnswers: () => recent.size,
        databaseSilentSeconds: () => ping.silentMs() / 1_000,
      },
    );
    log.info({ partitionCount }, 'engine started');

    this.#stop = async () => {
      log.info('stopping: partitions are handed over');
      health.stopping();
      await expiry.stop();
      await ownership.leave();
      loop.stop();
      await running;
      clearInterval(sweep);
      cache.stop();
      balances.stop();
      clearInterval(months);
      await nats.drain().catch(() => {});
      redis.disconnect();
      ping.stop();
      await Promise.all([database.close(), ownershipDatabase.close()]);
      await Promise.all([health.close(), traces?.stop()]);
      log.info('stopped');
    };
  }

  /** Whether it should own nothing now, and waits to take over. */
  get standsBy(): boolean {
    return this.#ownership?.standsBy ?? false;
  }

  /** Finishes what has been accepted, hands the partitions over and closes all connections. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#stop?.() ?? null;
    await this.#stopped;
  }
}

/** There are months in hand, so a failure is no reason to stop; only one that goes on for weeks is. */
async function makeMonths(database: Database, log: Logger): Promise<void> {
  await ensureTransactionMonths(database).catch((error: unknown) =>
    log.error({ err: error }, 'the next month tables could not be made; trying again in ten minutes'),
  );
}

/** What follows a commit. None of it may fail the payment: it is done. */
function tell(batch: CommittedBatch, server: CommandServer, cache: IdempotencyCache, liveStream: boolean): void {
  const { plan, event } = batch;
  cache.remember(keyedAnswers(batch));
  if (liveStream && plan.transactions.length > 0) server.tellBatch(event);
  const lowered = loweredForOthers(batch);
  if (lowered.length > 0) server.tellLowered({ walletIds: lowered });
}

/** What the keys of single transfers name: gateways ask for no others. */
function keyedAnswers({ plan, event }: CommittedBatch): KeyedAnswer[] {
  const answers: KeyedAnswer[] = [];
  for (const { pending, first } of plan.commands) {
    const transaction = plan.transactions[first];
    if (pending.command.type !== 'TRANSFER' || !transaction) continue;
    answers.push({
      keyDigest: transaction.keyDigest,
      requestHash: transaction.requestHash,
      kind: 'TRANSACTION',
      outcomeId: transaction.transactionId,
      status: transaction.outcome.type === 'REFUSED' ? 'FAILED' : 'SUCCESS',
      answeredAtMs: event.committedAtMs,
    });
  }
  return answers;
}

/** Wallets that were lowered by others than their owners, who would otherwise learn it from a guard. */
function loweredForOthers({ plan }: CommittedBatch): string[] {
  const lowered = new Set<string>();
  for (const { pending, first, count } of plan.commands) {
    if (!lowersForeignWallets(pending.command)) continue;
    for (const t of plan.transactions.slice(first, first + count)) lowered.add(t.senderWalletId);
  }
  return [...lowered];
}

function connectRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    // Without Redis the engine goes on: a command must fail at once, not queue up.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 1_000,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
  });
  const refusal = new Complaint();
  redis.on('error', (error) => {
    const advice = connectionAdvice(error, 'REDIS_URL', url);
    if (advice === undefined) log.debug({ err: error }, 'redis');
    else if (refusal.isNew(advice)) log.error({ err: error, advice }, 'Redis refuses this engine: trying again');
  });
  redis.on('ready', () => {
    log.info('Redis is reachable');
    void warnOfEviction(redis, log);
  });
  redis.on('close', () => log.warn('Redis is not reachable: partitions stay where they are'));
  return redis;
}
