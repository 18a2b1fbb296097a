import { createClient } from '@smart-wallet/client';
import type { Part } from '../part.js';
import type { Surroundings } from '../parts.js';
import { Reconciliation } from './reconciliation.js';
import { Suspensions } from './suspensions.js';

/** Checks the ledger against itself. */
export function openReconciliation({ config, database, log }: Surroundings): Part {
  const { api, reconciliationSuspends, databaseUrl } = config;
  if (reconciliationSuspends && !api) {
    throw new Error(
      'bad configuration\n  RECONCILIATION_SUSPEND is on: wallets are suspended over the API, so GATEWAY_URL and WORKER_TOKEN are needed',
    );
  }
  const suspensions =
    reconciliationSuspends && api
      ? new Suspensions(database, createClient({ baseUrl: api.url, token: api.token }), log)
      : null;
  const reconciliation = new Reconciliation({ database, databaseUrl, log, suspensions });
  return {
    name: 'reconciliation',
    start: async () => reconciliation.start(),
    stop: () => reconciliation.stop(),
  };
}
