import { heartbeatTtlMs } from '@smart-wallet/engine/contract/limits.js';
import type { Role } from '@smart-wallet/engine/contract/role.js';
import { pino } from 'pino';
import { createApp } from '../app.js';
import { ApprovalSweep } from '../approvals/approval-sweep.js';
import { Approvals } from '../approvals/approvals.js';
import { ApprovedActs } from '../approvals/approved-acts.js';
import { ApprovalThreshold } from '../approvals/threshold.js';
import { ApiTokens } from '../auth/api-tokens.js';
import { signingSecret } from '../auth/signing-secret.js';
import { type TokenRefusal, Tokens } from '../auth/tokens.js';
import { EngineClient, sweepEveryMs } from '../engine-client/engine-client.js';
import { LeastProtocol } from '../engine-client/least-protocol.js';
import { MoneyOperations } from '../engine-client/money-operations.js';
import { NatsTransport } from '../engine-client/nats-transport.js';
import { OwnershipMap } from '../engine-client/ownership-map.js';
import { ScopedCommands } from '../engine-client/scoped-commands.js';
import { ReadinessCheck } from '../health/readiness.js';
import type { Bearer } from '../http/bearer.js';
import { AnswerCache } from '../idempotency/answer-cache.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { BadTokens } from '../rate-limits/bad-tokens.js';
import { KnownPlaces } from '../rate-limits/known-places.js';
import { noStore } from '../rate-limits/point-store.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { SignInLimits } from '../rate-limits/sign-in-limits.js';
import { RefreshTokens } from '../sessions/refresh-tokens.js';
import { SessionPlace } from '../sessions/sessions.service.js';
import { openDatabase } from '../storage/database.js';
import { BalanceCache } from '../wallets/balance-cache.js';
import { checkAnswers, gatewayToken, type Scratch } from './scratch.js';
import { limitsOff } from './test-app.js';

/** Beside real tokens reads `person.<user id>.<role>`, who signed in, and `program.<name>.<role>`, a token with that role and nobody behind it. */
class TestTokens extends Tokens {
  override async bearer(token: string): Promise<Bearer | TokenRefusal> {
    if (!/^(person|program)\./.test(token)) return super.bearer(token);
    const [kind, name, role] = token.split('.') as [string, string, Role];
    const shared = { roles: [role], scope: null, endsAtMs: Infinity };
    return kind === 'person'
      ? { subject: `user:${name}`, userId: name, ...shared }
      : { subject: `token:${name}`, ...shared };
  }
}

export interface GatewayOfPeople {
  readonly url: string;
  readonly acts: ApprovedActs;
  readonly sweep: ApprovalSweep;
  close(): Promise<void>;
}

/** A gateway in this process, over the real servers, which takes anybody's word for who asks. Nothing is swept but by a test. */
export async function startGatewayOfPeople(scratch: Scratch, threshold = '1000.00'): Promise<GatewayOfPeople> {
  const log = pino({ level: 'silent' });
  const now = () => performance.now();
  const connection = { databaseUrl: scratch.database.urlAs('wallet_gateway'), databaseConnectionsMax: 10 };
  const database = openDatabase(connection, log);
  await database.followTime();
  const { rows } = await database.query('SELECT id, epoch, worker_id FROM partitions ORDER BY id');
  const ownership = new OwnershipMap(rows.length, heartbeatTtlMs);
  for (const { id, epoch, worker_id } of rows) ownership.load(id, Number(epoch), worker_id);
  const transport = await NatsTransport.open(scratch.natsUrl, scratch.namespace, log);
  const protocol = new LeastProtocol(database);
  const scoped = new ScopedCommands(protocol);
  const engine = new EngineClient({ transport, ownership, now, atTickEnd: setImmediate, scoped, onFault: () => {} });
  transport.listen(engine);
  const sweeping = setInterval(() => engine.sweep(), sweepEveryMs);
  const away = () => Promise.reject(new Error('no Redis here'));
  const cache = new AnswerCache({ find: away }, now);
  const balances = new BalanceCache({ findOrLeave: away, replace: away }, { databaseNowMs: Date.now, now });
  const places = new KnownPlaces({ keep: async () => {}, has: async () => false });
  const operations = new MoneyOperations(engine, protocol);
  const readiness = new ReadinessCheck([]);
  const acts = new ApprovedActs(new Approvals(database), engine, operations, database);
  const { app } = await createApp(
    {
      tokens: new TestTokens(gatewayToken, null, { revocations: { stateOf: () => 'GOOD' } }),
      apiTokens: new ApiTokens(database),
      approvedActs: acts,
      approvalThreshold: new ApprovalThreshold(threshold),
      ...{ engine, operations, cache, balances, database, lists: database, reports: database },
      rateLimits: new RateLimits({ rules: limitsOff, store: () => noStore, now }),
      badTokens: new BadTokens(null, now),
      signInLimits: new SignInLimits({ rule: null, store: () => noStore, places, now }),
      refreshTokens: new RefreshTokens(signingSecret(gatewayToken, null)),
      sessionPlace: new SessionPlace(null),
      readiness,
      metrics: new GatewayMetrics(engine, { cache, balances, readiness }),
    },
    { webDir: '/nowhere' },
    log,
  );
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  await checkAnswers(url);
  return {
    url,
    acts,
    sweep: new ApprovalSweep(acts.approvals, acts, log),
    async close() {
      await app.close();
      clearInterval(sweeping);
      database.stopFollowing();
      await transport.close();
      await database.end();
    },
  };
}
