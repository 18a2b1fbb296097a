import { ProblemError, validationFailed } from '../http/problem.js';
import { type Bucket, bucketSizes, bucketsMax, type FailureFilters, periodDaysMax } from './failure-filters.js';

export interface FailurePeriod {
  fromMs: number;
  toMs: number;
  bucket: Bucket;
}

const hourMs = bucketSizes.hour;
const dayMs = bucketSizes.day;

/** Fills in what was left out. Throws VALIDATION_FAILED for a period that is too long, or has too many buckets. */
export function failurePeriod({ from, to, bucket }: FailureFilters, nowMs: number): FailurePeriod {
  const toMs = to === undefined ? nowMs : Date.parse(to);
  const fromMs = from === undefined ? toMs - dayMs : Date.parse(from);
  const lengthMs = toMs - fromMs;
  if (lengthMs <= 0) throw refused('from', 'RANGE', 'must be earlier than to');
  if (lengthMs > periodDaysMax * dayMs)
    throw refused('from', 'RANGE', `must be at most ${periodDaysMax} days before to`);
  const chosen = bucket ?? (lengthMs <= 6 * hourMs ? 'minute' : lengthMs <= 14 * dayMs ? 'hour' : 'day');
  if (lengthMs / bucketSizes[chosen] > bucketsMax) {
    throw refused('bucket', 'BUCKETS', `would be more than ${bucketsMax} buckets: choose a larger one`);
  }
  return { fromMs, toMs, bucket: chosen };
}

function refused(field: string, rule: string, message: string): ProblemError {
  return new ProblemError(validationFailed([{ field, rule, message }]));
}
