import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { AlertsController } from './alerts/alerts.controller.js';
import { AlertsService } from './alerts/alerts.service.js';
import { ApprovalsController } from './approvals/approvals.controller.js';
import { Approvals } from './approvals/approvals.js';
import { ApprovalsService } from './approvals/approvals.service.js';
import { ApprovedAccounts } from './approvals/approved-accounts.js';
import { ApprovedActs } from './approvals/approved-acts.js';
import { FourEyes } from './approvals/four-eyes.js';
import { ApprovalThreshold } from './approvals/threshold.js';
import { AuditLogController } from './audit-log/audit-log.controller.js';
import { ApiTokens } from './auth/api-tokens.js';
import { AuthController } from './auth/auth.controller.js';
import { AuthService } from './auth/auth.service.js';
import { BearerReader, bearerTokenAuth } from './auth/bearer-token.js';
import { Tokens } from './auth/tokens.js';
import { FinalTime } from './closing/final-time.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { DigestsController } from './digests/digests.controller.js';
import { DigestsService } from './digests/digests.service.js';
import { EngineClient } from './engine-client/engine-client.js';
import { MoneyOperations } from './engine-client/money-operations.js';
import { EventsController } from './events/events.controller.js';
import { EventsService } from './events/events.service.js';
import { ExportLog } from './exports/export-log.js';
import { ExportsController } from './exports/exports.controller.js';
import { ExportsService } from './exports/exports.service.js';
import { FailuresController } from './failures/failures.controller.js';
import { HealthController } from './health/health.controller.js';
import { ReadinessCheck } from './health/readiness.js';
import { HoldsController } from './holds/holds.controller.js';
import { HoldsService } from './holds/holds.service.js';
import { ReportPlaces } from './http/report-places.js';
import { StreamedAnswers } from './http/streamed-answers.js';
import { AnswerCache } from './idempotency/answer-cache.js';
import { JobsController } from './jobs/jobs.controller.js';
import { JobsService } from './jobs/jobs.service.js';
import { LimitsController } from './limits/limits.controller.js';
import { LimitsService } from './limits/limits.service.js';
import { LiveView } from './live/live-view.js';
import { GatewayMetrics } from './metrics/gateway-metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Passwords } from './passwords/passwords.js';
import { PaymentsController } from './payments/payments.controller.js';
import { PaymentsService } from './payments/payments.service.js';
import { ProofsController } from './proofs/proofs.controller.js';
import { BadTokens } from './rate-limits/bad-tokens.js';
import type { RateLimits } from './rate-limits/rate-limits.js';
import { SignInLimits } from './rate-limits/sign-in-limits.js';
import { ReconciliationController } from './reconciliation/reconciliation.controller.js';
import { ReconciliationService } from './reconciliation/reconciliation.service.js';
import { RefundsController } from './refunds/refunds.controller.js';
import { RefundsService } from './refunds/refunds.service.js';
import { RefreshTokens } from './sessions/refresh-tokens.js';
import { SessionStore } from './sessions/session-store.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionPlace, SessionsService } from './sessions/sessions.service.js';
import { StatementsController } from './statements/statements.controller.js';
import { StatementsService } from './statements/statements.service.js';
import { Database } from './storage/database.js';
import { ListDatabase } from './storage/list-database.js';
import { ReadingPace } from './storage/reading-pace.js';
import { ReportDatabase } from './storage/report-database.js';
import { SummariesController } from './summaries/summaries.controller.js';
import { SummariesService } from './summaries/summaries.service.js';
import { SystemController } from './system/system.controller.js';
import { SystemService } from './system/system.service.js';
import type { Traces } from './tracing/traces.js';
import { TransactionsController } from './transactions/transactions.controller.js';
import { TransactionsService } from './transactions/transactions.service.js';
import { Transfers } from './transfers/transfers.js';
import { OpsUsers } from './users/ops-users.js';
import { UsersController } from './users/users.controller.js';
import { UsersService } from './users/users.service.js';
import { ViewsController } from './views/views.controller.js';
import { ViewsService } from './views/views.service.js';
import { BalanceCache } from './wallets/balance-cache.js';
import { WalletsController } from './wallets/wallets.controller.js';
import { WalletsService } from './wallets/wallets.service.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';
import { WebhookPolicy, WebhooksService } from './webhooks/webhooks.service.js';

/** What the gateway is built from: connections are opened before it and closed after it. */
export interface GatewayParts {
  tokens: Tokens;
  apiTokens: ApiTokens;
  refreshTokens: RefreshTokens;
  sessionPlace: SessionPlace;
  approvedActs: ApprovedActs;
  approvalThreshold: ApprovalThreshold;
  engine: EngineClient;
  operations: MoneyOperations;
  cache: AnswerCache;
  balances: BalanceCache;
  database: Database;
  lists: ListDatabase;
  reports: ReportDatabase;
  readiness: ReadinessCheck;
  metrics: GatewayMetrics;
  rateLimits: RateLimits;
  signInLimits: SignInLimits;
  badTokens: BadTokens;
  /** Who is heard of; nobody without it. */
  liveView?: LiveView;
  /** Webhooks may call addresses within private networks; not without it. */
  webhooksMayBePrivate?: boolean;
  /** Whose word is taken for where a call comes from; nobody's without it. */
  trustedProxies?: readonly string[];
  /** Of request bodies at once; `bodyBytesOpenMax` without it. */
  bodyBytesMax?: number;
  /** With a lane of their own without it. */
  passwords?: Passwords;
  /** Nothing is traced without it. */
  traces?: Traces | null;
}

@Module({})
class GatewayModule {}

export function gatewayModule(parts: GatewayParts, passwords: Passwords, log: Logger): DynamicModule {
  const streams = new StreamedAnswers(undefined, ({ bearer }) => !parts.tokens.isRevoked(bearer));
  const pace = new ReadingPace({
    commandsSent: () => parts.engine.figures.commandsSent,
    readers: () => streams.openCount,
    now: () => performance.now(),
  });
  return {
    module: GatewayModule,
    controllers: [
      WalletsController,
      StatementsController,
      PaymentsController,
      ExportsController,
      HoldsController,
      RefundsController,
      LimitsController,
      TransactionsController,
      ProofsController,
      ViewsController,
      FailuresController,
      AuditLogController,
      ReconciliationController,
      EventsController,
      WebhooksController,
      SystemController,
      JobsController,
      DigestsController,
      SummariesController,
      AuthController,
      SessionsController,
      UsersController,
      ApprovalsController,
      AlertsController,
      DeadLettersController,
      HealthController,
      MetricsController,
    ],
    providers: [
      { provide: Tokens, useValue: parts.tokens },
      { provide: ApiTokens, useValue: parts.apiTokens },
      { provide: RefreshTokens, useValue: parts.refreshTokens },
      { provide: BearerReader, useValue: new BearerReader(bearerTokenAuth(parts.tokens, parts.badTokens)) },
      { provide: SessionPlace, useValue: parts.sessionPlace },
      { provide: SessionStore, useValue: new SessionStore(parts.database) },
      { provide: OpsUsers, useValue: new OpsUsers(parts.database) },
      { provide: Passwords, useValue: passwords },
      { provide: Approvals, useValue: parts.approvedActs.approvals },
      { provide: ApprovedActs, useValue: parts.approvedActs },
      { provide: ApprovalThreshold, useValue: parts.approvalThreshold },
      ApprovedAccounts,
      FourEyes,
      ApprovalsService,
      { provide: EngineClient, useValue: parts.engine },
      { provide: MoneyOperations, useValue: parts.operations },
      { provide: AnswerCache, useValue: parts.cache },
      { provide: BalanceCache, useValue: parts.balances },
      { provide: Database, useValue: parts.database },
      { provide: ListDatabase, useValue: parts.lists },
      { provide: ReportDatabase, useValue: parts.reports },
      { provide: FinalTime, useValue: new FinalTime(parts.reports) },
      { provide: ReportPlaces, useValue: new ReportPlaces() },
      { provide: StreamedAnswers, useValue: streams },
      { provide: ReadingPace, useValue: pace },
      { provide: ExportLog, useValue: new ExportLog(parts.database, log) },
      { provide: ReadinessCheck, useValue: parts.readiness },
      { provide: GatewayMetrics, useValue: parts.metrics },
      { provide: LiveView, useValue: parts.liveView ?? new LiveView() },
      { provide: SignInLimits, useValue: parts.signInLimits },
      { provide: BadTokens, useValue: parts.badTokens },
      AuthService,
      SessionsService,
      UsersService,
      Transfers,
      WalletsService,
      StatementsService,
      PaymentsService,
      ExportsService,
      HoldsService,
      RefundsService,
      LimitsService,
      EventsService,
      { provide: WebhookPolicy, useValue: new WebhookPolicy(parts.webhooksMayBePrivate ?? false) },
      WebhooksService,
      SystemService,
      TransactionsService,
      ReconciliationService,
      AlertsService,
      JobsService,
      DigestsService,
      SummariesService,
      ViewsService,
    ],
  };
}
