import type { AlertType } from '@smart-wallet/engine/contract/alerts.js';
import type { Logger } from 'pino';
import type { Database } from '../database.js';
import type { AlertConfig } from './alert-config.js';
import { ClosedTime } from './readers/closed-time.js';
import { DrainingWallets } from './readers/draining-wallets.js';
import { readEvaluatorBeat } from './readers/evaluator-beat.js';
import {
  readDeadLetters,
  readLostQueues,
  readOpenFindings,
  readPausedWebhooks,
  readRelayPlace,
} from './readers/facts-of-others.js';
import { readGatewayCounts, readOwnershipViews } from './readers/gateway-facts.js';
import { LedgerWindow } from './readers/ledger-window.js';
import type { Fires } from './rules/alert-rule.js';
import { deadLetters } from './rules/dead-letters.js';
import { evaluatorSilent } from './rules/evaluator-silent.js';
import { failureRate } from './rules/failure-rate.js';
import { latency } from './rules/latency.js';
import { ledgerInconsistency } from './rules/ledger-inconsistency.js';
import { partitionWithoutOwner } from './rules/partition-without-owner.js';
import { queueLost } from './rules/queue-lost.js';
import { relayLag } from './rules/relay-lag.js';
import { repeatedDuplicates } from './rules/repeated-duplicates.js';
import { systemErrors } from './rules/system-errors.js';
import { walletDrain } from './rules/wallet-drain.js';
import { webhookPaused } from './rules/webhook-paused.js';

type Look = (config: AlertConfig, before: number) => Promise<Fires[]>;

/** What fires, by type. A type that could not be looked at is not in it: nothing is concluded from not knowing. */
export type Looked = ReadonlyMap<AlertType, readonly Fires[]>;

/** Judged over what was committed, or counted, up to a second that is final. The others are about now. */
const windowed: ReadonlySet<AlertType> = new Set([
  'FAILURE_RATE',
  'LATENCY',
  'SYSTEM_ERRORS',
  'REPEATED_DUPLICATES',
  'WALLET_DRAIN',
]);
/** Alerts over windows that are further behind are as good as not judged. */
const lagSecondsMax = 60;

/** Reads what each rule is about, and judges by it. */
export class AlertSources {
  readonly #closed: ClosedTime;
  readonly #ledger: LedgerWindow;
  readonly #looks: Partial<Record<AlertType, Look>>;
  #complained = new Set<AlertType>();

  constructor(
    database: Database,
    private readonly log: Logger,
  ) {
    this.#closed = new ClosedTime(database);
    this.#ledger = new LedgerWindow(database);
    const draining = new DrainingWallets(database);
    this.#looks = {
      FAILURE_RATE: async (config) => failureRate(await this.#ledger.figures(config.windowMinutes), config),
      LATENCY: async (config) => latency(await this.#ledger.figures(config.windowMinutes), config),
      SYSTEM_ERRORS: async (config, before) =>
        systemErrors(await readGatewayCounts(database, before, config.windowMinutes), config),
      REPEATED_DUPLICATES: async (config, before) =>
        repeatedDuplicates(await readGatewayCounts(database, before, config.windowMinutes), config),
      PARTITION_WITHOUT_OWNER: async (config) => partitionWithoutOwner(await readOwnershipViews(database), config),
      WALLET_DRAIN: async (config, before) => walletDrain(await draining.read(before, config.windowMinutes), config),
      LEDGER_INCONSISTENCY: async (config) => ledgerInconsistency(await readOpenFindings(database), config),
      DEAD_LETTERS: async (config) => deadLetters(await readDeadLetters(database), config),
      RELAY_LAG: async (config) => relayLag(await readRelayPlace(database), config),
      WEBHOOK_PAUSED: async (config) => webhookPaused(await readPausedWebhooks(database), config),
      QUEUE_LOST: async (config) => queueLost(await readLostQueues(database, config.windowMinutes), config),
      EVALUATOR_SILENT: async (config) => evaluatorSilent(await readEvaluatorBeat(database), config),
    };
  }

  /** The last look was at windows that ended long ago, since no later second of the ledger is final. */
  get isBehind(): boolean {
    return this.#closed.lagS > lagSecondsMax;
  }

  /** `signal`: nobody needs it any more. */
  async look(configs: ReadonlyMap<AlertType, AlertConfig>, signal?: AbortSignal): Promise<Looked> {
    const enabled = [...configs.values()].filter((config) => config.enabled);
    const looked = new Map<AlertType, readonly Fires[]>();
    const before = await this.#closed.reach();
    signal?.throwIfAborted();
    if (before === 0 || this.isBehind) {
      this.log.warn(
        { behindSeconds: this.#closed.lagS },
        'alerts: no second of the ledger closes: look in pg_stat_activity for a transaction that does not end',
      );
    }
    if (before !== 0) {
      const windows = enabled
        .filter(({ alertType }) => alertType === 'FAILURE_RATE' || alertType === 'LATENCY')
        .map(({ windowMinutes }) => windowMinutes);
      if (windows.length > 0) await this.#ledger.advance(before, Math.max(...windows));
    }
    for (const config of enabled) {
      const { alertType } = config;
      const look = this.#looks[alertType];
      if (!look || (before === 0 && windowed.has(alertType))) continue;
      signal?.throwIfAborted();
      try {
        looked.set(alertType, await look(config, before));
        this.#complained.delete(alertType);
      } catch (error) {
        if (!this.#complained.has(alertType)) {
          this.log.error(
            { err: error, alertType },
            'alerts of this type cannot be judged: what is open stays; trying again',
          );
        }
        this.#complained.add(alertType);
      }
    }
    return looked;
  }
}
