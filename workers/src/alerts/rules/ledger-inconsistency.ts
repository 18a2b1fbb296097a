import { firesAt, type Rule } from './alert-rule.js';

export interface OpenFindings {
  /** That nobody has explained. */
  readonly open: number;
  readonly byCheck: Readonly<Record<string, number>>;
}

/** What reconciliation found and nobody has explained. */
export const ledgerInconsistency: Rule<OpenFindings> = ({ open, byCheck }, terms) => {
  const checks = Object.entries(byCheck)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([check, n]) => `${check} (${n})`);
  const says = `reconciliation has ${open} open finding${open === 1 ? '' : 's'}: ${checks.join(', ')}`;
  return firesAt(open, terms, says, { open, byCheck });
};
