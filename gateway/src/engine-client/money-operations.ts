import type { Command } from '@smart-wallet/engine/contract/commands.js';
import type { EngineResult } from './call.js';
import type { EngineClient } from './engine-client.js';
import type { LeastProtocol } from './least-protocol.js';

/** Engines that speak less know neither holds, refunds nor limits. */
const operationsProtocol = 4;
/** Engines that speak less would do what they are sent whether it is still as expected or not. */
const expectationsProtocol = 5;

/**
 * Commands that engines of before do not know: holds and what ends them, refunds, reversals, limits, and those that expect something.
 * None is sent while such an engine may own a partition. That is over for good once the ledger says so.
 */
export class MoneyOperations {
  constructor(
    private readonly engine: EngineClient,
    private readonly protocol: LeastProtocol,
  ) {}

  async execute(command: Command): Promise<EngineResult> {
    const wanted = expectsSomething(command) ? expectationsProtocol : operationsProtocol;
    if (await this.protocol.isAtLeast(wanted)) return this.engine.execute(command);
    return { outcome: 'NOT_DONE', code: 'UPGRADE_UNDER_WAY' };
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
