import type { RefusalCode } from '@smart-wallet/engine/contract/rejection.js';
import { problemKind } from './problem-catalogue.js';

/** What a refusal is said to be to who may not hear of the wallet that stood in the way. */
export function plainReason(code: RefusalCode): string {
  return `${problemKind(code).title}.`;
}
