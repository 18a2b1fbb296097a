import type { Command, CommandRequest, CommandResult } from '@smart-wallet/engine/contract/commands.js';
import { heartbeatTtlMs } from '@smart-wallet/engine/contract/limits.js';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { type Logger, pino } from 'pino';
import { createApp } from '../app.js';
import { Approvals } from '../approvals/approvals.js';
import { ApprovedActs } from '../approvals/approved-acts.js';
import { ApprovalThreshold } from '../approvals/threshold.js';
import type { ApiTokens } from '../auth/api-tokens.js';
import { signingSecret } from '../auth/signing-secret.js';
import { Tokens } from '../auth/tokens.js';
import { EngineClient } from '../engine-client/engine-client.js';
import { LeastProtocol } from '../engine-client/least-protocol.js';
import { MoneyOperations } from '../engine-client/money-operations.js';
import { OwnershipMap } from '../engine-client/ownership-map.js';
import { ScopedCommands } from '../engine-client/scoped-commands.js';
import type { TransportListener } from '../engine-client/transport.js';
import { ReadinessCheck } from '../health/readiness.js';
import type { RouteAccess } from '../http/access.js';
import type { ConnectionLimits, Timeouts } from '../http/connection-limits.js';
import { AnswerCache } from '../idempotency/answer-cache.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { Passwords } from '../passwords/passwords.js';
import { BadTokens } from '../rate-limits/bad-tokens.js';
import { KnownPlaces } from '../rate-limits/known-places.js';
import { noStore } from '../rate-limits/point-store.js';
import type { RateLimitRules } from '../rate-limits/rate-limit-rule.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { SignInLimits } from '../rate-limits/sign-in-limits.js';
import { RefreshTokens } from '../sessions/refresh-tokens.js';
import { SessionPlace } from '../sessions/sessions.service.js';
import { Database } from '../storage/database.js';
import { BalanceCache } from '../wallets/balance-cache.js';
import { type ApiDocument, DescribedAnswers } from './described-answers.js';

export const testToken = 'test-token-0123456789';

/** Of the test token, and of none that was withdrawn. */
export function testTokens(developmentToken = testToken, secret: string | null = null): Tokens {
  return new Tokens(developmentToken, secret, { revocations: { stateOf: () => 'GOOD' } });
}

export const limitsOff: RateLimitRules = {
  payments: null,
  reads: null,
  acts: null,
  'sign-in': null,
  'bad-tokens': null,
};

/** Takes every token, and keeps none. */
const forgetfulTokens = { record: async () => true } as unknown as ApiTokens;

/** How the engine answers, to be set by each test. null: never. */
export interface TestEngine {
  decide(command: Command): CommandResult | null;
  seen: Command[];
  client: EngineClient;
  /** Moves the engine client's clock. */
  pass(ms: number): void;
}

interface TestAppOptions {
  log?: Logger;
  webDir?: string;
  publicUrl?: string;
  corsOrigins?: readonly string[];
  timeouts?: Timeouts;
  connections?: ConnectionLimits;
  tokens?: Tokens;
  apiTokens?: ApiTokens;
  bodyBytesMax?: number;
  passwords?: Passwords;
  /** Off, but for these. */
  rateLimits?: Partial<RateLimitRules>;
  trustedProxies?: readonly string[];
  readiness?: ReadinessCheck;
  /** What the ledger says that engines speak at least. */
  leastProtocol?: () => number;
}

interface TestApp {
  http: FastifyInstance;
  engine: TestEngine;
  /** All of them, with who may use each. */
  routes(): RouteAccess[];
  close(): Promise<void>;
}

/** The HTTP application over an engine that a test scripts. Postgres and Redis are away. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { log = pino({ level: 'silent' }), webDir = '/nowhere', tokens = testTokens() } = options;
  const { leastProtocol = () => 5 } = options;
  let offsetMs = 0;
  const now = () => performance.now() + offsetMs;
  let listener: TransportListener | undefined;
  const ownership = new OwnershipMap(64, heartbeatTtlMs);
  const protocol = new LeastProtocol({
    query: async () => ({ rows: [{ protocol: leastProtocol() }] }),
  } as unknown as Database);
  const client = new EngineClient({
    scoped: new ScopedCommands(protocol),
    transport: {
      send(_workerId, { id, text }) {
        const { commands } = JSON.parse(text) as CommandRequest;
        engine.seen.push(...commands);
        const results = commands.map((command) => engine.decide(command));
        if (!results.includes(null)) setImmediate(() => listener?.replied(id, results));
        return true;
      },
      flush() {},
    },
    ownership,
    now,
    atTickEnd: setImmediate,
    onFault(error) {
      throw error;
    },
  });
  listener = client;
  const engine: TestEngine = {
    decide: () => null,
    seen: [],
    client,
    pass(ms) {
      offsetMs += ms;
      client.sweep();
    },
  };
  const cache = new AnswerCache({ find: () => Promise.reject(new Error('no Redis here')) }, now);
  const away = () => Promise.reject(new Error('no Redis here'));
  const balances = new BalanceCache({ findOrLeave: away, replace: away }, { databaseNowMs: Date.now, now });
  const database = new Database({ connectionString: 'postgres://127.0.0.1:1/none' });
  const rules: RateLimitRules = { ...limitsOff, ...options.rateLimits };
  const places = new KnownPlaces({ keep: async () => {}, has: async () => false });
  const operations = new MoneyOperations(client, protocol);
  const readiness = options.readiness ?? new ReadinessCheck([]);
  const parts = {
    approvedActs: new ApprovedActs(new Approvals(database), client, operations, database),
    approvalThreshold: new ApprovalThreshold('1000.00'),
    operations,
    tokens,
    apiTokens: options.apiTokens ?? forgetfulTokens,
    refreshTokens: new RefreshTokens(signingSecret(testToken, null)),
    sessionPlace: new SessionPlace(null),
    ...(options.bodyBytesMax === undefined ? {} : { bodyBytesMax: options.bodyBytesMax }),
    ...(options.passwords && { passwords: options.passwords }),
    engine: client,
    cache,
    balances,
    database,
    lists: database,
    reports: database,
    readiness,
    metrics: new GatewayMetrics(client, { cache, balances, readiness }),
    rateLimits: new RateLimits({ rules, store: () => noStore, now }),
    signInLimits: new SignInLimits({ rule: rules['sign-in'], store: () => noStore, places, now }),
    badTokens: new BadTokens(rules['bad-tokens'], now),
    trustedProxies: options.trustedProxies ?? [],
  };
  const { app, routes } = await createApp(parts, { ...options, webDir }, log);
  const http = app.getHttpAdapter().getInstance() as FastifyInstance;
  await checkAnswers(http);
  return { http, engine, routes, close: () => app.close() };
}

/** Every answer to `inject` is held against the description of the API. */
async function checkAnswers(http: FastifyInstance): Promise<void> {
  const inject = http.inject.bind(http) as (request: InjectOptions) => Promise<LightMyRequestResponse>;
  const answers = new DescribedAnswers((await inject({ method: 'GET', url: '/api/docs-json' })).json<ApiDocument>());
  const checked = async (request: InjectOptions) => {
    const response = await inject(request);
    const { statusCode: status, headers, body } = response;
    answers.check({ method: request.method ?? 'GET', url: String(request.url), status, headers, body });
    return response;
  };
  http.inject = checked as typeof http.inject;
}

export function claimAll(engine: TestEngine, epoch = 1): void {
  for (let partition = 0; partition < 64; partition++) {
    engine.client.ownership({ type: 'CLAIMED', partition, epoch, workerId: 'w', workerName: 'w', atMs: 0 });
  }
}
