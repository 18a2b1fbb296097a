import type { Command, RecordedTransaction } from './commands.js';
import { isRecordedTransaction } from './result-shape.js';

/**
 * A transfer recorded just now, as it is told to a gateway that asked for lean answers (`CommandRequest.lean`): what its own
 * command does not say. A list is it; every other result is an object, as ever. The whole is four times as long.
 */
export type LeanResult =
  | readonly [transactionId: string, batchSeq: number, processingAtMs: number, createdAtMs: number]
  | readonly [
      transactionId: string,
      batchSeq: number,
      processingAtMs: number,
      createdAtMs: number,
      failureCode: string,
      failureReason: string,
    ];

/** As JSON. */
export function leanText(t: RecordedTransaction): string {
  const success = `["${t.transactionId}",${t.batchSeq},${t.processingAtMs},${t.createdAtMs}`;
  return t.failureCode === null ? `${success}]` : `${success},"${t.failureCode}",${JSON.stringify(t.failureReason)}]`;
}

/**
 * Whether the rest of the transaction stands in the command. It does not where the ledger chose a funding wallet, or where
 * another call with the same key came first, at another time.
 */
export function commandSaysTheRest(command: Command, partition: number, transaction: RecordedTransaction): boolean {
  return (
    command.type === 'TRANSFER' &&
    command.initiatedAtMs === transaction.initiatedAtMs &&
    command.senderWalletId === transaction.senderWalletId &&
    command.receiverWalletId === transaction.receiverWalletId &&
    partition === transaction.partition
  );
}

/** The whole, from a list and the command that it answers; undefined: it is none. */
export function readLeanResult(
  value: readonly unknown[],
  command: Command,
  partition: number,
): { outcome: 'RECORDED'; transaction: RecordedTransaction; replayed: false } | undefined {
  if (command.type !== 'TRANSFER' || (value.length !== 4 && value.length !== 6)) return undefined;
  const [transactionId, batchSeq, processingAtMs, createdAtMs, failureCode = null, failureReason = null] = value;
  const { senderWalletId, receiverWalletId, initiatedAtMs } = command;
  // Written out: a spread costs more than all the rest here.
  const transaction = {
    transactionId,
    status: failureCode === null ? 'SUCCESS' : 'FAILED',
    failureCode,
    failureReason,
    senderWalletId,
    receiverWalletId,
    partition,
    batchSeq,
    initiatedAtMs,
    processingAtMs,
    createdAtMs,
  };
  return isRecordedTransaction(transaction) ? { outcome: 'RECORDED', transaction, replayed: false } : undefined;
}
