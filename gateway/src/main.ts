import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionAdvice } from '@smart-wallet/engine/contract/connection-failure.js';
import { heartbeatTtlMs } from '@smart-wallet/engine/contract/limits.js';
import { redactedError } from '@smart-wallet/engine/contract/redacted.js';
import { type Logger, pino } from 'pino';
import { GatewayWatch } from './alerts/gateway-watch.js';
import { createApp } from './app.js';
import { ApprovalSweep } from './approvals/approval-sweep.js';
import { Approvals } from './approvals/approvals.js';
import { ApprovedActs } from './approvals/approved-acts.js';
import { ApprovalThreshold } from './approvals/threshold.js';
import { ApiTokens } from './auth/api-tokens.js';
import { openProvider } from './auth/open-provider.js';
import { Revocations } from './auth/revocations.js';
import { signingSecret } from './auth/signing-secret.js';
import { Tokens } from './auth/tokens.js';
import { withdrawnIds } from './auth/withdrawn.js';
import { type Config, readConfig } from './config.js';
import { EngineClient, sweepEveryMs } from './engine-client/engine-client.js';
import { LeastProtocol } from './engine-client/least-protocol.js';
import { MoneyOperations } from './engine-client/money-operations.js';
import { NatsTransport } from './engine-client/nats-transport.js';
import { OwnershipMap } from './engine-client/ownership-map.js';
import { ScopedCommands } from './engine-client/scoped-commands.js';
import { NotReadyError, ReadinessCheck } from './health/readiness.js';
import { AnswerCache } from './idempotency/answer-cache.js';
import { openAnswerStore } from './idempotency/answer-store.js';
import { openRedis } from './idempotency/redis.js';
import { startRollUp } from './ledger-minutes/open-roll-up.js';
import type { PartitionRow } from './live/live-stream.js';
import { LiveView } from './live/live-view.js';
import { openLive } from './live/open-live.js';
import { openLog } from './log.js';
import { GatewayMetrics } from './metrics/gateway-metrics.js';
import { BadTokens } from './rate-limits/bad-tokens.js';
import { KnownPlaces } from './rate-limits/known-places.js';
import { LimiterRedis } from './rate-limits/limiter-redis.js';
import type { RateLimitRule } from './rate-limits/rate-limit-rule.js';
import { RateLimits } from './rate-limits/rate-limits.js';
import { SignInLimits } from './rate-limits/sign-in-limits.js';
import { RefreshTokens } from './sessions/refresh-tokens.js';
import { SessionPlace } from './sessions/sessions.service.js';
import { type Database, openDatabase } from './storage/database.js';
import { openListDatabase } from './storage/list-database.js';
import { openReportDatabase } from './storage/report-database.js';
import { openTracing } from './tracing/open-tracing.js';
import { People } from './users/people.js';
import { BalanceCache } from './wallets/balance-cache.js';
import { openBalanceStore } from './wallets/balance-store.js';

const now = () => performance.now();

/** A request is answered within its deadline; what still hangs after this is cut off. */
const stopTimeoutMs = 15_000;

async function main(config: Config, log: Logger): Promise<void> {
  const database = openDatabase(config, log);
  const lists = openListDatabase(config, log);
  const reports = openReportDatabase(config, log);
  const redis = openRedis(config, log);
  const partitions = await readPartitions(database, config.databaseUrl, log);
  await database.followTime();
  const ownership = new OwnershipMap(partitions.length, heartbeatTtlMs);
  for (const { partition, epoch, workerId } of partitions) ownership.load(partition, epoch, workerId);
  const transport = await NatsTransport.open(config.natsUrl, config.namespace, log);
  const protocol = new LeastProtocol(database);
  const traces = config.tracing && (await openTracing(config.tracing, config.namespace, log));
  const engine = new EngineClient({
    ...{ transport, ownership, now, atTickEnd: setImmediate, scoped: new ScopedCommands(protocol), traces },
    onFault: (error) => log.error({ err: error }, 'a bug: an answer of the engine could not be passed on'),
  });
  transport.listen(engine);
  const sweeping = setInterval(() => engine.sweep(), sweepEveryMs);
  const cache = new AnswerCache(openAnswerStore(redis, config.namespace), now);
  const balances = new BalanceCache(openBalanceStore(redis, config.namespace), {
    databaseNowMs: () => database.nowMs(),
    now,
  });
  const readiness = new ReadinessCheck(
    [
      { name: 'postgres', optional: false, check: async () => void (await database.query('SELECT 1')) },
      { name: 'nats', optional: false, check: () => transport.ping() },
      {
        name: 'partitions',
        optional: false,
        check: async () => refuseUnowned(engine.unownedPartitions(), partitions.length),
      },
      { name: 'redis', optional: true, check: async () => void (await redis.ping()) },
    ],
    log,
  );
  const metrics = new GatewayMetrics(engine, { cache, balances, readiness });
  const provider = config.provider && openProvider(config.provider, new People(database), log);
  const apiTokens = new ApiTokens(database);
  const revocations = new Revocations(() => withdrawnIds(database), log);
  await revocations.follow();
  const tokens = new Tokens(config.token, config.tokenSecret, { provider, revocations });
  const limiterRedis = new LimiterRedis(config, log);
  const points = (name: string, rule: RateLimitRule) => limiterRedis.points(name, rule);
  const rateLimits = new RateLimits({ rules: config.rateLimits, store: points, now });
  const signInLimits = new SignInLimits({
    rule: config.rateLimits['sign-in'],
    store: points,
    places: new KnownPlaces(limiterRedis.places()),
    now,
  });
  const badTokens = new BadTokens(config.rateLimits['bad-tokens'], now);
  metrics.watchRateLimits({ rateLimits, signInLimits, badTokens, store: limiterRedis });
  const operations = new MoneyOperations(engine, protocol);
  const approvals = new Approvals(database);
  const approvedActs = new ApprovedActs(approvals, engine, operations, database);
  const sweep = new ApprovalSweep(approvals, approvedActs, log);
  const liveView = new LiveView();
  const { app } = await createApp(
    {
      liveView,
      tokens,
      apiTokens,
      refreshTokens: new RefreshTokens(signingSecret(config.token, config.tokenSecret)),
      sessionPlace: new SessionPlace(config.publicUrl),
      engine,
      operations,
      approvedActs,
      approvalThreshold: new ApprovalThreshold(config.approvalThreshold),
      cache,
      balances,
      database,
      lists,
      reports,
      readiness,
      metrics,
      rateLimits,
      signInLimits,
      badTokens,
      trustedProxies: config.trustedProxies,
      webhooksMayBePrivate: config.webhooksMayBePrivate,
      traces,
    },
    config,
    log,
  );
  const isStopping = () => readiness.stopping;
  const live = config.liveStream
    ? await openLive(config, { engine, tokens, badTokens, partitions, metrics, view: liveView, isStopping }, log)
    : null;
  const stopRollUp = startRollUp(config, log);
  const unownedPartitions = () => engine.unownedPartitions();
  const watch = new GatewayWatch(config, { counts: metrics.answers, unownedPartitions }, log);
  await watch.start();
  await app.listen(config.port, config.host);
  sweep.start();
  const url = await app.getUrl();
  live?.start(app.getHttpServer(), config.publicUrl ?? url);
  log.info({ url }, 'gateway listens');

  const stop = async (signal: string) => {
    log.info({ signal }, 'gateway stops: open requests are finished first');
    readiness.stopping = true;
    // Live clients move on while the others' requests are finished.
    const liveClosed = live?.close();
    const rollUpStopped = stopRollUp();
    setTimeout(() => process.exit(1), config.stopDelayMs + stopTimeoutMs).unref();
    // A request that is still in a socket's buffer when its connection closes would be lost.
    await sleep(config.stopDelayMs);
    await app.close();
    await sweep.stop();
    const watchStopped = watch.stop();
    clearInterval(sweeping);
    limiterRedis.stop();
    database.stopFollowing();
    revocations.stop();
    await Promise.allSettled([
      liveClosed,
      watchStopped,
      rollUpStopped,
      transport.close(),
      database.end(),
      lists.end(),
      reports.end(),
      redis.quit(),
      traces?.stop(),
    ]);
    log.info('gateway stopped');
    log.flush();
    process.exit(0);
  };
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void stop(signal);
    });
  }
}

/** The partitions and their last known epochs. Waits for Postgres. */
async function readPartitions(database: Database, databaseUrl: string, log: Logger): Promise<PartitionRow[]> {
  for (;;) {
    try {
      const { rows } = await database.query<{ id: number; epoch: string; worker_id: string | null }>(
        'SELECT id, epoch, worker_id FROM partitions ORDER BY id',
      );
      if (rows.length === 0) throw new Error('the table of partitions is empty');
      return rows.map((row) => ({ partition: row.id, epoch: Number(row.epoch), workerId: row.worker_id }));
    } catch (error) {
      const advice = connectionAdvice(error, 'DATABASE_URL', databaseUrl);
      log.warn({ err: error, advice }, 'cannot read the partitions: is Postgres up and migrated? Trying again');
      await sleep(1_000);
    }
  }
}

function refuseUnowned(partitions: number[], all: number): void {
  if (partitions.length === 0) return;
  const says = `${partitions.length} without a live owner: ${partitions.slice(0, 10).join(', ')}`;
  throw new NotReadyError(says, { partly: partitions.length < all });
}

try {
  const config = readConfig(process.env);
  const log = openLog(config.logLevel);
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'a bug ended the gateway');
    log.flush();
    process.exit(1);
  });
  await main(config, log);
} catch (error) {
  const serializers = { err: (thrown: Error) => redactedError(pino.stdSerializers.err(thrown)) };
  pino({ serializers }).fatal({ err: error }, error instanceof Error ? error.message : 'the gateway cannot start');
  process.exit(1);
}
