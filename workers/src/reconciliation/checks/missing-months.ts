import { type Break, otherBreak } from '../finding.js';
import { archivedUntil, type Plan } from '../plan.js';

/**
 * Months are taken out from the oldest on. Where one in the middle is gone, nothing before it can be held against anything: that is one break, and not
 * one of each transaction.
 */
export function checkMonths(plan: Plan): Break[] {
  if (!plan.monthsMissing) return [];
  const newest = archivedUntil(plan)?.toISOString().slice(0, 7) ?? '';
  const what = `month tables before ${newest}`;
  return [otherBreak('MISSING_TRANSACTION', {}, { what, expected: 'without a hole', found: 'with a hole' })];
}
