import { firesAt, type Rule } from './alert-rule.js';

export interface OpenFindings {
  /** That nobody has explained. */
  readonly open: number;
  readonly byCheck: Readonly<Record<string, number>>;
  /** Those found earliest, at most `namedMax`. */
  readonly earliest: readonly NamedFinding[];
}

export interface NamedFinding {
  readonly check: string;
  readonly walletId: string | null;
  readonly transactionId: string | null;
  /** Decimal strings of `currency`; without one they are no money. */
  readonly currency: string | null;
  readonly expected: string | null;
  readonly found: string | null;
  readonly delta: string | null;
}

/** A mail names the earliest ones: the rest is in the report. */
export const namedMax = 3;

/** What reconciliation found and nobody has explained. */
export const ledgerInconsistency: Rule<OpenFindings> = ({ open, byCheck, earliest }, terms) => {
  const checks = Object.entries(byCheck)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([check, n]) => `${check} (${n})`);
  const says = `reconciliation has ${open} open finding${open === 1 ? '' : 's'}: ${checks.join(', ')}${named(earliest, open)}`;
  return firesAt(open, terms, says, { open, byCheck });
};

/** For whoever reads the mail away from the console. */
function named(earliest: readonly NamedFinding[], open: number): string {
  if (earliest.length === 0) return '';
  return `; ${open > earliest.length ? 'the earliest: ' : ''}${earliest.map(inWords).join('; ')}`;
}

function inWords({ check, walletId, transactionId, currency, expected, found, delta }: NamedFinding): string {
  const where = [walletId && `wallet ${walletId}`, transactionId && `transaction ${transactionId}`].filter(Boolean);
  const subject = where.length > 0 ? `${check} of ${where.join(', ')}` : check;
  if (currency === null) return subject;
  const amount = (sum: string | null) => (sum === null ? 'nothing' : `${sum} ${currency}`);
  const by = delta === null ? '' : ` (${delta.startsWith('-') ? '' : '+'}${delta})`;
  return `${subject}: expected ${amount(expected)}, found ${amount(found)}${by}`;
}
