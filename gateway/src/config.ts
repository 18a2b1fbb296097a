import { fileURLToPath } from 'node:url';
import { readVariables } from '@smart-wallet/engine/contract/environment.js';
import type { LiveTargets } from '@smart-wallet/engine/contract/live.js';

export interface Config {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly natsUrl: string;
  /** Prefix of every NATS subject and Redis key: several platforms can share the servers. */
  readonly namespace: string;
  readonly host: string;
  readonly port: number;
  /** The bearer token that callers present. */
  readonly token: string;
  /** What display tokens are signed with; null: derived from `token`. */
  readonly tokenSecret: string | null;
  /** Where others reach this gateway; null: where it listens. */
  readonly publicUrl: string | null;
  /** The built pages. */
  readonly webDir: string;
  /** Off: no live stream, and nothing of its cost. */
  readonly liveStream: boolean;
  /** What the wallboard shows and judges by. */
  readonly board: { readonly environment: string; readonly targets: LiveTargets };
  readonly logLevel: string;
  /** How long it goes on serving after SIGTERM, unready, so that callers and load balancers leave before it closes. */
  readonly stopDelayMs: number;
  /** Connections to Postgres. */
  readonly databaseConnectionsMax: number;
}

const builtWeb = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Reads and checks the environment. Throws an Error that names every bad variable, without its value. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const variables = readVariables(env, [
    'DATABASE_URL',
    'REDIS_URL',
    'NATS_URL',
    'WALLET_NAMESPACE',
    'GATEWAY_HOST',
    'GATEWAY_PORT',
    'GATEWAY_TOKEN',
    'GATEWAY_TOKEN_SECRET',
    'GATEWAY_PUBLIC_URL',
    'GATEWAY_WEB_DIR',
    'GATEWAY_DATABASE_CONNECTIONS',
    'GATEWAY_STOP_DELAY_MS',
    'LIVE_STREAM',
    'BOARD_ENVIRONMENT',
    'BOARD_SUCCESS_TARGET_PERCENT',
    'BOARD_LATENCY_P99_MS',
    'LOG_LEVEL',
  ]);
  return Object.freeze({
    databaseUrl: variables.DATABASE_URL,
    redisUrl: variables.REDIS_URL,
    natsUrl: variables.NATS_URL,
    namespace: variables.WALLET_NAMESPACE,
    host: variables.GATEWAY_HOST,
    port: Number(variables.GATEWAY_PORT),
    token: variables.GATEWAY_TOKEN,
    tokenSecret: variables.GATEWAY_TOKEN_SECRET ?? null,
    publicUrl: variables.GATEWAY_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    webDir: variables.GATEWAY_WEB_DIR ?? builtWeb,
    liveStream: variables.LIVE_STREAM === 'on',
    board: {
      environment: variables.BOARD_ENVIRONMENT,
      targets: {
        successPercent: Number(variables.BOARD_SUCCESS_TARGET_PERCENT),
        latencyP99Ms: Number(variables.BOARD_LATENCY_P99_MS),
      },
    },
    logLevel: variables.LOG_LEVEL,
    stopDelayMs: Number(variables.GATEWAY_STOP_DELAY_MS),
    databaseConnectionsMax: Number(variables.GATEWAY_DATABASE_CONNECTIONS),
  });
}
