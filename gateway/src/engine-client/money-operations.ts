import type { Command } from '@smart-wallet/engine/contract/commands.js';
import type { Pool } from 'pg';
import type { EngineResult } from './call.js';
import type { EngineClient } from './engine-client.js';

/** Engines that speak less know neither holds, refunds nor limits. */
const protocolWanted = 4;

/**
 * Commands that engines of before do not know: holds and what ends them, refunds, reversals, limits. None is sent while such an engine
 * may own a partition. That is over for good once the ledger says so.
 */
export class MoneyOperations {
  #isOpen = false;

  constructor(
    private readonly engine: EngineClient,
    private readonly database: Pick<Pool, 'query'>,
  ) {}

  async execute(command: Command): Promise<EngineResult> {
    this.#isOpen ||= await this.#readOpen();
    return this.#isOpen ? this.engine.execute(command) : { outcome: 'NOT_DONE', code: 'UPGRADE_UNDER_WAY' };
  }

  async #readOpen(): Promise<boolean> {
    const { rows } = await this.database.query<{ protocol: number }>({
      name: 'least-protocol',
      text: 'SELECT protocol FROM least_protocol',
    });
    return (rows[0]?.protocol ?? 0) >= protocolWanted;
  }
}
