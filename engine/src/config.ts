import { hostname } from 'node:os';
import { readVariables } from './contract/environment.js';
import { type TraceExporter, traceExporterOf } from './contract/trace-exporter.js';

/** The environment of an engine. Read here only, once, at the start. */
export interface EngineConfig {
  /** Postgres, as the role `wallet_engine`. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly natsUrl: string;
  /** Prefix of NATS subjects and Redis keys. */
  readonly namespace: string;
  /** For people: logs and the wallboard. */
  readonly workerName: string;
  /** How many of the live engines own partitions; the others stand by. null: all of them. */
  readonly enginesActive: number | null;
  readonly logLevel: string;
  /** What the answers to idempotency keys may take in Redis, in MB; the oldest go. */
  readonly answerCacheMb: number;
  /** Off: batches are not told over NATS, and no live stream shows them before their second closes. */
  readonly liveStream: boolean;
  /** Where `/health/live`, `/health/ready` and `/metrics` are served; port 0: any free one, which the log tells. */
  readonly healthHost: string;
  readonly healthPort: number;
  /** null: nothing is traced. */
  readonly tracing: TraceExporter | null;
}

/** Throws an error that names every bad variable. */
export function readConfig(env: NodeJS.ProcessEnv): EngineConfig {
  const variables = readVariables(env, [
    'DATABASE_URL',
    'REDIS_URL',
    'NATS_URL',
    'WALLET_NAMESPACE',
    'ENGINE_NAME',
    'ENGINES_ACTIVE',
    'ENGINE_HEALTH_HOST',
    'ENGINE_HEALTH_PORT',
    'ANSWER_CACHE_MB',
    'LOG_LEVEL',
    'LIVE_STREAM',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_HEADERS',
  ]);
  return Object.freeze({
    databaseUrl: variables.DATABASE_URL,
    redisUrl: variables.REDIS_URL,
    natsUrl: variables.NATS_URL,
    namespace: variables.WALLET_NAMESPACE,
    // In containers all have the same pid, and each a host of its own.
    workerName: variables.ENGINE_NAME ?? `engine-${hostname().slice(0, 40)}-${process.pid}`,
    enginesActive: variables.ENGINES_ACTIVE === undefined ? null : Number(variables.ENGINES_ACTIVE),
    logLevel: variables.LOG_LEVEL,
    liveStream: variables.LIVE_STREAM === 'on',
    healthHost: variables.ENGINE_HEALTH_HOST,
    healthPort: Number(variables.ENGINE_HEALTH_PORT),
    answerCacheMb: Number(variables.ANSWER_CACHE_MB),
    tracing: traceExporterOf(variables),
  });
}
