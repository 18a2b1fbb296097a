/** Answers of the API since the start, in plain numbers: a payment pays a few additions. */
export interface AnswerCounts {
  requests: number;
  /** From an earlier outcome of the same key. */
  replays: number;
  /** 5xx. */
  errors: number;
  /** 503: certainly not done. */
  notDone: number;
  /** 504: nobody knows. */
  outcomeUnknown: number;
}

export function noAnswers(): AnswerCounts {
  return { requests: 0, replays: 0, errors: 0, notDone: 0, outcomeUnknown: 0 };
}

export interface Answered {
  readonly status: number;
  readonly isReplay: boolean;
  /** Refused for being one of too many strangers. */
  readonly isOfCrowd: boolean;
}

export function countAnswer(counts: AnswerCounts, { status, isReplay, isOfCrowd }: Answered): void {
  counts.requests += 1;
  if (isReplay) counts.replays += 1;
  // Else whoever knocks often enough could have the platform say that it is broken.
  if (status < 500 || isOfCrowd) return;
  counts.errors += 1;
  if (status === 503) counts.notDone += 1;
  else if (status === 504) counts.outcomeUnknown += 1;
}
