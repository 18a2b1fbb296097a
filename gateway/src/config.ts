import { fileURLToPath } from 'node:url';
import { type Environment, readVariables } from '@smart-wallet/engine/contract/environment.js';
import type { LiveTargets } from '@smart-wallet/engine/contract/live.js';
import { isLoopback } from '@smart-wallet/engine/contract/loopback.js';
import { type TracingVariables, traceExporterOf } from '@smart-wallet/engine/contract/trace-exporter.js';
import { mintedIssuer } from './auth/minted-issuer.js';
import type { ProviderConfig } from './auth/open-provider.js';
import type { ConnectionLimits } from './http/connection-limits.js';
import { type RateLimitRules, readRateLimitRule } from './rate-limits/rate-limit-rule.js';
import { readTrustedProxies } from './rate-limits/trusted-proxies.js';
import type { TracingConfig } from './tracing/open-tracing.js';

export interface Config {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly natsUrl: string;
  /** Prefix of every NATS subject and Redis key: several platforms can share the servers. */
  readonly namespace: string;
  readonly host: string;
  readonly port: number;
  /** WALLET_ENV=production: where money is real. */
  readonly production: boolean;
  /** The development token, which may do everything; null: there is none, as in production. */
  readonly token: string | null;
  /** What minted tokens are signed with; null: derived from `token`. */
  readonly tokenSecret: string | null;
  /** Whose tokens are taken besides those that are minted here; null: nobody's. */
  readonly provider: ProviderConfig | null;
  /** From which amount on another person has to approve: a decimal, or `off`. */
  readonly approvalThreshold: string;
  /** Webhooks may call addresses within private networks. */
  readonly webhooksMayBePrivate: boolean;
  /** Where others reach this gateway; null: where it listens. */
  readonly publicUrl: string | null;
  /** Whose pages may call the API from a browser, beside this platform's own. */
  readonly corsOrigins: readonly string[];
  readonly connections: ConnectionLimits;
  /** The built pages. */
  readonly webDir: string;
  /** Off: no live stream, and nothing of its cost. */
  readonly liveStream: boolean;
  /** What the wallboard shows and judges by. */
  readonly board: { readonly environment: string; readonly targets: LiveTargets };
  readonly rateLimits: RateLimitRules;
  /** Addresses and networks whose X-Forwarded-For counts. */
  readonly trustedProxies: readonly string[];
  readonly logLevel: string;
  /** How long it goes on serving after SIGTERM, unready, so that callers and load balancers leave before it closes. */
  readonly stopDelayMs: number;
  /** Connections to Postgres. */
  readonly databaseConnectionsMax: number;
  /** null: nothing is traced. */
  readonly tracing: TracingConfig | null;
}

const builtWeb = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Reads and checks the environment. Throws an Error that names every bad variable, without its value. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const names = [
    'WALLET_ENV',
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
    'AUTH_PERSON_CLAIM',
    'APPROVAL_THRESHOLD',
    'WEBHOOK_ALLOW_PRIVATE',
    'AUTH_SCOPE_CLAIM',
    'CORS_ORIGINS',
    'GATEWAY_PUBLIC_URL',
    'GATEWAY_WEB_DIR',
    'GATEWAY_DATABASE_CONNECTIONS',
    'GATEWAY_CONNECTIONS_MAX',
    'GATEWAY_CONNECTIONS_PER_ADDRESS_MAX',
    'GATEWAY_STOP_DELAY_MS',
    'LIVE_STREAM',
    'BOARD_ENVIRONMENT',
    'BOARD_SUCCESS_TARGET_PERCENT',
    'BOARD_LATENCY_P99_MS',
    'RATE_LIMIT_PAYMENTS',
    'RATE_LIMIT_READS',
    'RATE_LIMIT_ACTS',
    'RATE_LIMIT_SIGN_IN',
    'RATE_LIMIT_BAD_TOKENS',
    'TRUSTED_PROXIES',
    'LOG_LEVEL',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_TRACES_SAMPLER_ARG',
  ] as const;
  const variables = readVariables(env, names, (given) => [...providerProblems(given), ...originProblems(given)]);
  return Object.freeze({
    databaseUrl: variables.DATABASE_URL,
    redisUrl: variables.REDIS_URL,
    natsUrl: variables.NATS_URL,
    namespace: variables.WALLET_NAMESPACE,
    host: variables.GATEWAY_HOST,
    port: Number(variables.GATEWAY_PORT),
    production: variables.WALLET_ENV === 'production',
    token: variables.GATEWAY_TOKEN ?? null,
    tokenSecret: variables.GATEWAY_TOKEN_SECRET ?? null,
    provider: providerOf(variables),
    approvalThreshold: variables.APPROVAL_THRESHOLD,
    webhooksMayBePrivate: variables.WEBHOOK_ALLOW_PRIVATE === 'on',
    publicUrl: variables.GATEWAY_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    corsOrigins: [...new Set(variables.CORS_ORIGINS?.split(','))],
    connections: {
      connectionsMax: Number(variables.GATEWAY_CONNECTIONS_MAX),
      perAddressMax: Number(variables.GATEWAY_CONNECTIONS_PER_ADDRESS_MAX ?? 0) || null,
    },
    webDir: variables.GATEWAY_WEB_DIR ?? builtWeb,
    liveStream: variables.LIVE_STREAM === 'on',
    board: {
      environment: variables.BOARD_ENVIRONMENT,
      targets: {
        successPercent: Number(variables.BOARD_SUCCESS_TARGET_PERCENT),
        latencyP99Ms: Number(variables.BOARD_LATENCY_P99_MS),
      },
    },
    rateLimits: {
      payments: readRateLimitRule(variables.RATE_LIMIT_PAYMENTS),
      reads: readRateLimitRule(variables.RATE_LIMIT_READS),
      acts: readRateLimitRule(variables.RATE_LIMIT_ACTS),
      'sign-in': readRateLimitRule(variables.RATE_LIMIT_SIGN_IN),
      'bad-tokens': readRateLimitRule(variables.RATE_LIMIT_BAD_TOKENS),
    },
    trustedProxies: readTrustedProxies(variables.TRUSTED_PROXIES),
    logLevel: variables.LOG_LEVEL,
    stopDelayMs: Number(variables.GATEWAY_STOP_DELAY_MS),
    databaseConnectionsMax: Number(variables.GATEWAY_DATABASE_CONNECTIONS),
    tracing: tracingOf(variables),
  });
}

/** Browsers send an origin in one spelling: one that is listed in another would never be met. */
function originProblems({ CORS_ORIGINS: list }: Environment): string[] {
  const isExact = (origin: string) => URL.canParse(origin) && new URL(origin).origin === origin;
  if (!list || list.split(',').every(isExact)) return [];
  return [
    'CORS_ORIGINS must hold origins as browsers send them: https://app.example.com, with a port only where it is not the usual one',
  ];
}

interface ProviderVariables {
  readonly AUTH_JWKS_URL: string | undefined;
  readonly AUTH_ISSUER: string | undefined;
  readonly AUTH_AUDIENCE: string | undefined;
  readonly AUTH_ALGORITHMS: string;
  readonly AUTH_TOKEN_TYPES: string;
  readonly AUTH_ROLES_CLAIM: string;
  readonly AUTH_PERSON_CLAIM: string | undefined;
  readonly AUTH_SCOPE_CLAIM: string | undefined;
}

/** All three or none: a provider's keys without its name would let everybody in who has a token of it, whatever it is for. */
function providerProblems({
  AUTH_JWKS_URL: jwks,
  AUTH_ISSUER: issuer,
  AUTH_AUDIENCE: audience,
}: Environment): string[] {
  const problems: string[] = [];
  if (new Set([jwks, issuer, audience].map((value) => value === undefined)).size > 1) {
    problems.push('AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE are set together, or none of them');
  }
  if (jwks && URL.canParse(jwks)) {
    const { protocol, hostname } = new URL(jwks);
    if (protocol === 'http:' && !isLoopback(hostname)) {
      problems.push('AUTH_JWKS_URL must begin with https:// unless it is this machine');
    }
  }
  if (issuer === mintedIssuer) {
    problems.push(`AUTH_ISSUER must not be ${mintedIssuer}: that is what the platform's own tokens say`);
  }
  return problems;
}

function providerOf(variables: ProviderVariables): ProviderConfig | null {
  const { AUTH_JWKS_URL: jwks, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = variables;
  if (jwks === undefined || issuer === undefined || audience === undefined) return null;
  return {
    jwksUrl: new URL(jwks),
    issuer,
    audience,
    algorithms: variables.AUTH_ALGORITHMS.split(','),
    types: variables.AUTH_TOKEN_TYPES.split(','),
    rolesClaim: variables.AUTH_ROLES_CLAIM,
    personClaim: variables.AUTH_PERSON_CLAIM ?? null,
    scopeClaim: variables.AUTH_SCOPE_CLAIM ?? null,
  };
}

function tracingOf(variables: TracingVariables & { readonly OTEL_TRACES_SAMPLER_ARG: string }): TracingConfig | null {
  const exporter = traceExporterOf(variables);
  return exporter && { ...exporter, ratio: Number(variables.OTEL_TRACES_SAMPLER_ARG) };
}
