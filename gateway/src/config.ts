import { fileURLToPath } from 'node:url';
import type { LiveTargets } from '@smart-wallet/engine/contract/live.js';
import { z } from 'zod';

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
  readonly logLevel: LogLevel;
  /** How long it goes on serving after SIGTERM, unready, so that callers and load balancers leave before it closes. */
  readonly stopDelayMs: number;
  /** Connections to Postgres. */
  readonly databaseConnectionsMax: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const builtWeb = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Number('') would be 0. */
const decimal = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'a decimal number')
  .transform(Number);

const environment = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  NATS_URL: z.url({ protocol: /^(nats|tls)$/ }),
  WALLET_NAMESPACE: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .default('wallet'),
  GATEWAY_HOST: z.string().min(1).default('127.0.0.1'),
  GATEWAY_PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  GATEWAY_TOKEN: z.string().regex(/^[\x21-\x7e]{16,}$/, 'at least 16 visible ASCII characters'),
  GATEWAY_TOKEN_SECRET: z
    .string()
    .regex(/^[\x21-\x7e]{32,}$/, 'at least 32 visible ASCII characters')
    .optional(),
  GATEWAY_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  GATEWAY_WEB_DIR: z.string().min(1).default(builtWeb),
  LIVE_STREAM: z.enum(['on', 'off']).default('on'),
  BOARD_ENVIRONMENT: z.string().min(1).max(40).default('local'),
  BOARD_SUCCESS_TARGET_PERCENT: decimal.pipe(z.number().gt(0).max(100)).default(99.5),
  BOARD_LATENCY_P99_MS: decimal.pipe(z.number().gt(0).max(60_000)).default(200),
  GATEWAY_DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(100).default(8),
  GATEWAY_STOP_DELAY_MS: z.coerce.number().int().min(0).max(60_000).default(500),
  LOG_LEVEL: z.enum(logLevels).default('info'),
});

/** Reads and checks the environment. Throws an Error that names every bad variable, without its value. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`bad configuration\n  ${problems.join('\n  ')}`);
  }
  const e = parsed.data;
  return Object.freeze({
    databaseUrl: e.DATABASE_URL,
    redisUrl: e.REDIS_URL,
    natsUrl: e.NATS_URL,
    namespace: e.WALLET_NAMESPACE,
    host: e.GATEWAY_HOST,
    port: e.GATEWAY_PORT,
    token: e.GATEWAY_TOKEN,
    tokenSecret: e.GATEWAY_TOKEN_SECRET ?? null,
    publicUrl: e.GATEWAY_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    webDir: e.GATEWAY_WEB_DIR,
    liveStream: e.LIVE_STREAM === 'on',
    board: {
      environment: e.BOARD_ENVIRONMENT,
      targets: { successPercent: e.BOARD_SUCCESS_TARGET_PERCENT, latencyP99Ms: e.BOARD_LATENCY_P99_MS },
    },
    logLevel: e.LOG_LEVEL,
    stopDelayMs: e.GATEWAY_STOP_DELAY_MS,
    databaseConnectionsMax: e.GATEWAY_DATABASE_CONNECTIONS,
  });
}
