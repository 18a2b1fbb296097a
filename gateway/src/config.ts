import { fileURLToPath } from 'node:url';
import { readVariables } from '@smart-wallet/engine/contract/environment.js';
import type { LiveTargets } from '@smart-wallet/engine/contract/live.js';
import { mintedIssuer } from './auth/minted-tokens.js';
import type { ProviderConfig } from './auth/open-provider.js';

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
  /** Whose tokens are taken besides those that are minted here; null: nobody's. */
  readonly provider: ProviderConfig | null;
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
    'AUTH_JWKS_URL',
    'AUTH_ISSUER',
    'AUTH_AUDIENCE',
    'AUTH_ALGORITHMS',
    'AUTH_TOKEN_TYPES',
    'AUTH_ROLES_CLAIM',
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
    provider: providerOf(variables),
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

interface ProviderVariables {
  readonly AUTH_JWKS_URL: string | undefined;
  readonly AUTH_ISSUER: string | undefined;
  readonly AUTH_AUDIENCE: string | undefined;
  readonly AUTH_ALGORITHMS: string;
  readonly AUTH_TOKEN_TYPES: string;
  readonly AUTH_ROLES_CLAIM: string;
}

/** All three or none: a provider's keys without its name would let everybody in who has a token of it, whatever it is for. */
function providerOf(variables: ProviderVariables): ProviderConfig | null {
  const { AUTH_JWKS_URL: jwks, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = variables;
  if (jwks === undefined && issuer === undefined && audience === undefined) return null;
  if (jwks === undefined || issuer === undefined || audience === undefined) {
    throw new Error(
      'bad configuration\n  AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE are set together, or none of them',
    );
  }
  const jwksUrl = new URL(jwks);
  if (jwksUrl.protocol !== 'https:' && !isLoopback(jwksUrl.hostname)) {
    throw new Error('bad configuration\n  AUTH_JWKS_URL must begin with https:// unless it is this machine');
  }
  if (issuer === mintedIssuer) {
    throw new Error(
      `bad configuration\n  AUTH_ISSUER must not be ${mintedIssuer}: that is what the platform's own tokens say`,
    );
  }
  return {
    jwksUrl,
    issuer,
    audience,
    algorithms: variables.AUTH_ALGORITHMS.split(','),
    types: variables.AUTH_TOKEN_TYPES.split(','),
    rolesClaim: variables.AUTH_ROLES_CLAIM,
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
