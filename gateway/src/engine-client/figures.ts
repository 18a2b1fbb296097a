import type { EngineResult } from './call.js';

/** Counts since the start of the process. */
export interface EngineClientFigures {
  requests: number;
  commandsSent: number;
  retries: number;
  joined: number;
  /** Answers by outcome: SUCCESS, REPLAYED, STATUS_CHANGED, UNKNOWN, IN_PROGRESS, TOO_LARGE, or the code of a refusal, of a rejection, or of why it was not done. */
  answers: Map<string, number>;
}

export function newFigures(): EngineClientFigures {
  return { requests: 0, commandsSent: 0, retries: 0, joined: 0, answers: new Map() };
}

export function countResult(figures: EngineClientFigures, result: EngineResult): void {
  const name = resultName(result);
  figures.answers.set(name, (figures.answers.get(name) ?? 0) + 1);
}

function resultName(result: EngineResult): string {
  switch (result.outcome) {
    case 'RECORDED':
      return result.replayed ? 'REPLAYED' : (result.transaction.failureCode ?? 'SUCCESS');
    case 'BATCH_RECORDED':
      return result.replayed ? 'REPLAYED' : result.transactions[0]?.status === 'SUCCESS' ? 'SUCCESS' : 'BATCH_REFUSED';
    case 'NOT_RECORDED':
    case 'NOT_DONE':
      return result.code;
    default:
      return result.outcome;
  }
}
