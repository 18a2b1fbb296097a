import type { PendingCommand } from '../../actor/mailbox.js';
import { notDone } from '../../answers.js';
import { planAtomicBatch } from './atomic-batch.js';
import type { BatchPlan } from './batch-plan.js';
import { Draft } from './draft.js';
import { planCapture, planHold, planHoldEnd } from './hold.js';
import { planLimitsChange } from './limits-change.js';
import { planRefund } from './refund.js';
import { planReplay } from './replay.js';
import { planStatusChange } from './status-change.js';
import { planTransfer } from './transfer.js';
import type { LedgerView } from './view.js';

/**
 * Decides commands in order, each on the state that those before it leave behind, without changing anything: the working
 * copy lives in the plan until the database has committed it.
 */
export function planBatch(commands: readonly PendingCommand[], view: LedgerView): BatchPlan {
  const draft = new Draft(view);
  for (const pending of commands) {
    try {
      planCommand(draft, pending);
    } catch (error) {
      // A command that breaks the rules' assumptions is a bug, mostly a gateway's; it must not take the batch with it.
      draft.answer(pending, notDone('COMMAND_FAULT'));
      draft.plan.faults.push({ pending, error });
    }
  }
  return draft.plan;
}

function planCommand(draft: Draft, pending: PendingCommand): void {
  const { command } = pending;
  const known = draft.view.knownAnswer(command.keyDigest);
  if (known) return planReplay(draft, pending, known);
  if (draft.isFullFor(command)) return draft.defer(pending, []);
  if (draft.keys.has(command.keyDigest) || draft.view.isUnderWay(command.keyDigest)) return draft.defer(pending, []);
  switch (command.type) {
    case 'TRANSFER':
      return planTransfer(draft, pending, command);
    case 'ATOMIC_BATCH':
      return planAtomicBatch(draft, pending, command);
    case 'HOLD':
      return planHold(draft, pending, command);
    case 'CAPTURE':
      return planCapture(draft, pending, command);
    case 'VOID':
    case 'EXPIRY':
      return planHoldEnd(draft, pending, command);
    case 'REFUND':
    case 'REVERSAL':
      return planRefund(draft, pending, command);
    case 'STATUS_CHANGE':
      return planStatusChange(draft, pending, command);
    case 'LIMITS_CHANGE':
      return planLimitsChange(draft, pending, command);
    default:
      throw new Error(`no plan for ${command satisfies never}`);
  }
}
