import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { openAlerts } from './alerts/open-alerts.js';
import type { Publisher } from './broker/publisher.js';
import type { BrokerNames } from './broker/topology.js';
import type { Config } from './config.js';
import type { Database } from './database.js';
import { openDeadLetters } from './dead-letters/open-dead-letters.js';
import { openMail } from './mail/open-mail.js';
import type { Part } from './part.js';
import { openReconciliation } from './reconciliation/open-reconciliation.js';
import { openRelay } from './relay/open-relay.js';
import { openSchedule } from './schedule/open-schedule.js';
import { openSummaries } from './summaries/open-summaries.js';
import { openWebhooks } from './webhooks/open-webhooks.js';

/** What every part may use. */
export interface Surroundings {
  readonly config: Config;
  readonly database: Database;
  readonly publisher: Publisher;
  readonly names: BrokerNames;
  readonly metrics: Registry;
  readonly log: Logger;
}

/** All parts, by the names that WORKER_PARTS chooses from. */
const makers: Readonly<Record<string, (surroundings: Surroundings) => Part>> = {
  alerts: openAlerts,
  reconciliation: openReconciliation,
  relay: openRelay,
  'dead-letters': openDeadLetters,
  mail: openMail,
  schedule: openSchedule,
  summaries: openSummaries,
  webhooks: openWebhooks,
};

/** Throws an Error that says which names there are. */
export function openParts(surroundings: Surroundings): Part[] {
  const { parts: wanted } = surroundings.config;
  const known = Object.keys(makers);
  const unknown = wanted?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0) {
    throw new Error(`bad configuration\n  WORKER_PARTS names ${unknown.join(', ')}: the parts are ${known.join(', ')}`);
  }
  return Object.entries(makers)
    .filter(([name]) => wanted === null || wanted.includes(name))
    .map(([, make]) => make(surroundings));
}
