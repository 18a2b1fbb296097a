import type { Command, RecordedTransaction } from '@smart-wallet/engine/contract/commands.js';
import { plainReason } from '../http/plain-reason.js';
import type { Done, EngineResult } from './call.js';
import type { LeastProtocol } from './least-protocol.js';

/** Engines that speak less pay for a bound caller as for anybody. */
const protocolWanted = 5;

/**
 * Commands of callers that are bound to a scope: none is sent while an engine of before may own a partition, and their callers are told
 * nothing of others' wallets.
 */
export class ScopedCommands {
  constructor(private readonly protocol: LeastProtocol) {}

  /** Goes on at once, as soon as it is known that no such engine may. */
  start(command: Command, done: Done, send: (command: Command, done: Done) => void): void {
    const told: Done = (result) => done(withoutOthersReason(command, result));
    const isSpoken = this.protocol.isAtLeast(protocolWanted);
    if (isSpoken === true) return send(command, told);
    isSpoken.then(
      (spoken) => (spoken ? send(command, told) : done({ outcome: 'NOT_DONE', code: 'UPGRADE_UNDER_WAY' })),
      () => done({ outcome: 'NOT_DONE', code: 'STORAGE_UNAVAILABLE' }),
    );
  }
}

/** Why it was refused, if that is about who would be paid: who pays is the caller's own, but for a deposit. */
export function withoutOthersReason(command: Command, result: EngineResult): EngineResult {
  if (command.type === 'TRANSFER' && command.kind === 'DEPOSIT') return result;
  switch (result.outcome) {
    case 'RECORDED':
      return { ...result, transaction: withoutReason(result.transaction) };
    case 'BATCH_RECORDED':
      return { ...result, transactions: result.transactions.map(withoutReason) };
    default:
      return result;
  }
}

function withoutReason(transaction: RecordedTransaction): RecordedTransaction {
  const { failureCode, failureReason, receiverWalletId } = transaction;
  if (failureCode === null || !failureReason?.includes(receiverWalletId)) return transaction;
  return { ...transaction, failureReason: plainReason(failureCode) };
}
