import type { Bar } from './chart.js';
import { digestSections, slaIsMet } from './digest-sections.js';
import { dayBefore } from './due-digest.js';
import type { Figures, Period } from './figures.js';
import { grouped } from './grouped.js';
import type { Payer } from './read-money.js';
import { dayInWords, momentIn } from './reader-clock.js';

/** What is read for a digest. */
export interface DigestFacts {
  readonly frequency: 'DAILY' | 'WEEKLY';
  /** Its last day. */
  readonly date: string;
  /** The reader's: all times are by its clock. */
  readonly timeZone: string;
  readonly period: Period;
  readonly now: Figures;
  readonly before: Omit<Figures, 'money'>;
  readonly bars: readonly Bar[];
  /** Null: too many paid to tell. */
  readonly payers: readonly Payer[] | null;
  /** The worst. */
  readonly alerts: readonly OpenAlert[];
  readonly alertsOpen: number;
  readonly alertsCritical: number;
  readonly reconciliation: { mode: string; status: string; finishedAt: Date; open: number } | null;
  readonly heads: readonly { engineId: string; name: string; batchSeq: string; hash: string }[];
  readonly summary: { type: string; date: string; content: string } | null;
}

export interface OpenAlert {
  /** What it is called. */
  readonly title: string;
  readonly subject: string;
  readonly severity: string;
  readonly status: string;
  readonly since: Date;
}

export interface Digest {
  readonly title: string;
  readonly subject: string;
  readonly lead: string;
  readonly verdict: { readonly isWell: boolean; readonly says: string };
  readonly sections: readonly Section[];
  /** Where to look further; null: nowhere. */
  readonly consoleUrl: string | null;
}

/** A table, or its one sentence where it has no rows. */
export interface Section {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  readonly empty: string;
}

/** `id`: what is compared letter by letter, and may be broken anywhere. */
export interface Column {
  readonly name: string;
  readonly is: 'words' | 'number' | 'id';
}

/** What a digest says: the text and the HTML are made of this alone, so that they have the same numbers. */
export function digestContent(facts: DigestFacts, consoleUrl: string | null): Digest {
  const { now, date, timeZone, frequency, period } = facts;
  const verdict = verdictOf(facts);
  const isWeek = frequency === 'WEEKLY';
  const days = isWeek ? `${dayInWords(dayBefore(date, 6))} to ${dayInWords(date)}` : dayInWords(date);
  const [from, to] = [momentIn('UTC', period.from), momentIn('UTC', period.to)];
  const isOver = now.closed ? '' : ' It is not over, or not all of it is closed: these figures will grow.';
  const title = `Smart Wallet: ${days}`;
  return {
    title,
    subject: `${title}: ${verdict.isWell ? 'all well' : 'needs a person'}`,
    lead: `The ${isWeek ? 'week' : 'day'} by the clock of ${timeZone}, as all times below: ${from} to ${to} in UTC.${isOver}`,
    verdict,
    sections: digestSections(facts),
    consoleUrl,
  };
}

/** What a reader who stops here has to know. */
function verdictOf(facts: DigestFacts): Digest['verdict'] {
  const { alertsOpen, alertsCritical, reconciliation } = facts;
  const troubles = [
    ...(alertsOpen > 0 ? [`open alerts: ${grouped(alertsOpen)}, of which critical: ${grouped(alertsCritical)}`] : []),
    ...(reconciliation && reconciliation.open > 0
      ? [`open breaks in the ledger: ${grouped(reconciliation.open)}`]
      : []),
    ...(reconciliation === null ? ['the ledger was never reconciled'] : []),
    ...(reconciliation?.status === 'FAILED' ? ['the last reconciliation failed'] : []),
    ...(slaIsMet(facts.now) ? [] : ['latency missed its target']),
  ];
  if (troubles.length === 0) {
    return { isWell: true, says: 'All well: no open alerts, no open breaks in the ledger, latency within its target.' };
  }
  return { isWell: false, says: `Needs a person. ${sentence(troubles.join('; '))}` };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
