import { Injectable } from '@nestjs/common';
import type { CachedAnswer } from '@smart-wallet/engine/contract/cached-answer.js';
import type { TransferCommand } from '@smart-wallet/engine/contract/commands.js';
import { keyReusedDetail } from '@smart-wallet/engine/contract/rejection.js';
import type { EngineResult } from '../engine-client/call.js';
import { EngineClient } from '../engine-client/engine-client.js';
import { withoutOthersReason } from '../engine-client/scoped-commands.js';
import { AnswerCache } from '../idempotency/answer-cache.js';
import { Database } from '../storage/database.js';
import { type KeyedTransactionRow, KeyedTransactions, recordedOfKeyed } from '../transactions/keyed-transactions.js';
import { Gathered } from './gathered.js';

/** Transfers that a caller asks for at once. */
interface Asked {
  readonly commands: readonly TransferCommand[];
  /** Called once for each of them, by its place. */
  readonly done: (index: number, result: EngineResult) => void;
  /** How many of them are not done. */
  open: number;
}

/**
 * A transfer's result: from the ledger when the cache knows what its key was answered with, else from the engine. What
 * leaves together is looked up together, and travels on together.
 */
@Injectable()
export class Transfers {
  readonly #transactions: KeyedTransactions;
  readonly #gathered = new Gathered<Asked>({
    now: () => performance.now(),
    open: () => this.#open,
    leave: (asked) => this.#lookUp(asked),
  });
  /** Callers that wait. */
  #open = 0;

  constructor(
    readonly engine: EngineClient,
    readonly cache: AnswerCache,
    database: Database,
  ) {
    this.#transactions = new KeyedTransactions(database);
  }

  execute(command: TransferCommand): Promise<EngineResult> {
    return new Promise((resolve) => this.start([command], (_, result) => resolve(result)));
  }

  /** `done` is called later, once for each command, by its place, as each is done. */
  start(commands: readonly TransferCommand[], done: Asked['done']): void {
    if (commands.length === 0) return;
    this.#open++;
    this.#gathered.add({ commands, done, open: commands.length }, commands.length);
  }

  #lookUp(asked: Asked[]): void {
    if (this.#open === 1 && asked[0]?.commands.length === 1) return this.#lookUpBeside(asked[0]);
    const digests = asked.flatMap(({ commands }) => commands.map(({ keyDigest }) => keyDigest));
    this.cache.find(digests, (answers) => {
      let place = 0;
      for (const each of asked) {
        for (let i = 0; i < each.commands.length; i++) this.#decide(each, i, answers[place++] ?? null);
      }
    });
  }

  /**
   * Of a lone caller: its payment is nearly always new, so it does not wait for Redis to say so. A replay costs the engine a
   * call, in which nobody else travels. An engine that turns it away has not looked whether it was done before: that waits.
   */
  #lookUpBeside(asked: Asked): void {
    const [command] = asked.commands as [TransferCommand];
    let looking = true;
    let turnedAway: EngineResult | null = null;
    this.engine.start(command, (result) => {
      if (looking && result.outcome === 'NOT_DONE') turnedAway = result;
      else this.#done(asked, 0, result);
    });
    const looked = (replayed: EngineResult | null) => {
      looking = false;
      const result = replayed ?? turnedAway;
      if (result) this.#done(asked, 0, result);
    };
    // Behind the engine client's message, which leaves at the end of this turn.
    setImmediate(() =>
      this.cache.find([command.keyDigest], ([cached]) => {
        if (cached) this.#replay(cached, command, looked);
        else looked(null);
      }),
    );
  }

  #decide(asked: Asked, index: number, cached: CachedAnswer | null): void {
    const command = asked.commands[index] as TransferCommand;
    const done = (result: EngineResult) => this.#done(asked, index, result);
    if (!cached) return this.engine.start(command, done);
    this.#replay(cached, command, (replayed) => (replayed ? done(replayed) : this.engine.start(command, done)));
  }

  /** From the ledger. null: it says nothing of the command's key, and its engine has to. */
  #replay(cached: CachedAnswer, command: TransferCommand, found: (result: EngineResult | null) => void): void {
    // Another kind than a transaction is another request, which the engine says.
    if (cached.kind !== 'TRANSACTION') return found(null);
    this.#transactions.start(cached.outcomeId, (row) => {
      // The ledger is believed before a cache: restored from a backup, it may have lost what Redis remembers.
      found(row && isOf(row, command) ? toldOf(row, command) : null);
    });
  }

  /** The first answer counts: engine and ledger say the same. */
  #done(asked: Asked, index: number, result: EngineResult): void {
    if (asked.open === 0) return;
    if (--asked.open === 0) this.#open--;
    asked.done(index, result);
  }
}

/** Of a wallet that its caller does not see, the engine says what is to be said. */
function isOf(row: KeyedTransactionRow, { caller, idempotencyKey, scope }: TransferCommand): boolean {
  if (scope !== undefined && row.scope !== scope) return false;
  return row.caller === caller && row.idempotency_key === idempotencyKey;
}

function toldOf(row: KeyedTransactionRow, command: TransferCommand): EngineResult {
  const result = replayOf(row, command);
  return command.scope === undefined ? result : withoutOthersReason(command, result);
}

function replayOf(row: KeyedTransactionRow, command: TransferCommand): EngineResult {
  return row.request_hash.replaceAll('-', '') === command.requestHash
    ? { outcome: 'RECORDED', transaction: recordedOfKeyed(row), replayed: true }
    : { outcome: 'NOT_RECORDED', code: 'IDEMPOTENCY_KEY_REUSED', detail: keyReusedDetail };
}
