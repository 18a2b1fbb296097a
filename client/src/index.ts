import { callSettings } from './call/call-settings.js';
import type { ClientOptions } from './client-options.js';
import { WalletClient } from './wallet-client.js';

/** All that the package offers. */
export type { BatchOptions } from './batch.js';
export type { CallOptions, ClientOptions, MoneyOptions, RetryNotice } from './client-options.js';
export type * from './generated/types.gen.js';
export { formatAmount, parseAmount } from './money.js';
export type { Outcome, PendingApproval } from './outcome.js';
export { itemsOf, type Page } from './pages.js';
export { isProblem, type Problem, type ProblemCode } from './problem.js';
export type * from './requests.js';
export type { Settlement } from './settlement.js';
export { WalletClient } from './wallet-client.js';
export { WalletFault } from './wallet-fault.js';

export function createClient(options: ClientOptions): WalletClient {
  return new WalletClient(callSettings(options));
}
