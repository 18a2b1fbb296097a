import type { Command } from '@smart-wallet/engine/contract/commands.js';
import type { EngineResult } from '../engine-client/call.js';

export function isStale(result: EngineResult): boolean {
  return result.outcome === 'NOT_RECORDED' && result.code === 'APPROVAL_STALE';
}

interface Needs {
  execute(command: Command): Promise<EngineResult>;
  /** Does the key name anything in the ledger? */
  isKnown(keyDigest: string): Promise<boolean>;
}

/**
 * Of a command that says what it expects. An owner that has not heard of its key rejects it without a look at the ledger; but what it
 * expects may be otherwise because it was done itself, and its answer was lost. Then it is asked for again as what it is: done.
 */
export async function executeExpecting<C extends Command>(
  command: C,
  { execute, isKnown }: Needs,
): Promise<EngineResult> {
  const result = await execute(command);
  return isStale(result) && (await isKnown(command.keyDigest)) ? execute(withoutExpectation(command)) : result;
}

/** Of a command whose key is known: it does nothing. */
export function withoutExpectation<C extends Command>(command: C): C {
  const { expectedRemaining: _r, expectedRefunded: _b, expectedLimits: _l, ...rest } = command as C & Expectations;
  return rest as unknown as C;
}

interface Expectations {
  expectedRemaining?: unknown;
  expectedRefunded?: unknown;
  expectedLimits?: unknown;
}
