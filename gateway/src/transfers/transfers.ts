import { Injectable } from '@nestjs/common';
import type { TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import { keyReusedDetail } from '@smart-wallet/engine/contract/rejection.js';
import type { Done, EngineResult } from '../engine-client/call.js';
import { EngineClient } from '../engine-client/engine-client.js';
import { AnswerCache } from '../idempotency/answer-cache.js';
import { Database } from '../storage/database.js';
import { type KeyedTransactionRow, KeyedTransactions, recordedOfKeyed } from '../transactions/keyed-transactions.js';

/** A transfer's result: from the ledger when the cache knows what its key was answered with, else from the engine. */
@Injectable()
export class Transfers {
  readonly #transactions: KeyedTransactions;

  constructor(
    readonly engine: EngineClient,
    readonly cache: AnswerCache,
    database: Database,
  ) {
    this.#transactions = new KeyedTransactions(database);
  }

  execute(command: TransferCommand): Promise<EngineResult> {
    return new Promise((resolve) => this.start(command, resolve));
  }

  /** As `execute`, with a callback: a batch starts a thousand of them. */
  start(command: TransferCommand, done: Done): void {
    this.cache.start(command.keyDigest, (cached) => {
      // Another kind than a transaction is another request, which the engine says.
      if (cached?.kind !== 'TRANSACTION') this.engine.start(command, done);
      else {
        this.#transactions.start(cached.outcomeId, (row) => {
          // The ledger is believed before a cache: restored from a backup, it may have lost what Redis remembers.
          if (!row || !isOf(row, command)) this.engine.start(command, done);
          else done(replayOf(row, command));
        });
      }
    });
  }
}

function isOf(row: KeyedTransactionRow, command: TransferCommand): boolean {
  return row.caller === command.caller && row.idempotency_key === command.idempotencyKey;
}

function replayOf(row: KeyedTransactionRow, command: TransferCommand): EngineResult {
  return row.request_hash.replaceAll('-', '') === command.requestHash
    ? { outcome: 'RECORDED', transaction: recordedOfKeyed(row), replayed: true }
    : { outcome: 'NOT_RECORDED', code: 'IDEMPOTENCY_KEY_REUSED', detail: keyReusedDetail };
}
