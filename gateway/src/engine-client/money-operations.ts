import type { Command } from '@smart-wallet/engine/contract/commands.js';
import type { Pool } from 'pg';
import type { EngineResult } from './call.js';
import type { EngineClient } from './engine-client.js';

/** Engines that speak less know neither holds, refunds nor limits. */
const operationsProtocol = 4;
/** Engines that speak less would do what they are sent whether it is still as expected or not. */
const expectationsProtocol = 5;

/**
 * Commands that engines of before do not know: holds and what ends them, refunds, reversals, limits, and those that expect something.
 * None is sent while such an engine may own a partition. That is over for good once the ledger says so.
 */
export class MoneyOperations {
  /** The least that engines speak, as far as it was read. */
  #least = 0;

  constructor(
    private readonly engine: EngineClient,
    private readonly database: Pick<Pool, 'query'>,
  ) {}

  async execute(command: Command): Promise<EngineResult> {
    const wanted = expectsSomething(command) ? expectationsProtocol : operationsProtocol;
    if (this.#least < wanted) this.#least = await this.#readLeast();
    return this.#least >= wanted ? this.engine.execute(command) : { outcome: 'NOT_DONE', code: 'UPGRADE_UNDER_WAY' };
  }

  async #readLeast(): Promise<number> {
    const { rows } = await this.database.query<{ protocol: number }>({
      name: 'least-protocol',
      text: 'SELECT protocol FROM least_protocol',
    });
    return rows[0]?.protocol ?? 0;
  }
}

function expectsSomething(command: Command): boolean {
  switch (command.type) {
    case 'CAPTURE':
      return command.expectedRemaining !== undefined;
    case 'REFUND':
    case 'REVERSAL':
      return command.expectedRefunded !== undefined;
    case 'LIMITS_CHANGE':
      return command.expectedLimits !== undefined;
    default:
      return false;
  }
}
