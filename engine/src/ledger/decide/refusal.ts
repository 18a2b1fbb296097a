import type { RefusalCode, RejectionCode } from '../../contract/rejection.js';

/** Will be recorded, as a FAILED transaction. */
export interface Refusal {
  readonly type: 'REFUSED';
  readonly code: RefusalCode;
  readonly reason: string;
  /**
   * Ids of the rows (wallets, holds, originals) whose changeable state the refusal rests on. Empty when it rests on what never
   * changes.
   */
  readonly restsOn: readonly string[];
}

/** Will not be recorded: it rests on the wallet as it is now. */
export interface Rejection {
  readonly type: 'REJECTED';
  readonly code: Extract<RejectionCode, 'ILLEGAL_STATUS_CHANGE' | 'WALLET_NOT_EMPTY' | 'APPROVAL_STALE'>;
  readonly reason: string;
}

export function refused(code: RefusalCode, reason: string, ...restsOn: readonly string[]): Refusal {
  return { type: 'REFUSED', code, reason, restsOn };
}
