import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import { grouped, groupedMoney } from '../summaries/facts.js';
import { countBelow, type Figures, latencyBound, type Period } from './figures.js';

/** The wallboard's bound, which most transactions have to stay below. */
const slaMs = 200;
const rowsMax = 20;

export interface Digest {
  readonly title: string;
  readonly lead: string;
  readonly sections: readonly Section[];
}

/** A table: the first row has the names of its columns. */
export interface Section {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
  /** Where there are no rows but the first. */
  readonly empty: string;
}

export interface DigestFacts {
  readonly frequency: 'DAILY' | 'WEEKLY';
  readonly date: string;
  readonly timeZone: string;
  readonly period: Period;
  readonly now: Figures;
  readonly before: Omit<Figures, 'money'>;
  readonly wallets: readonly { walletId: string; currency: string; count: number; sum: bigint }[] | null;
  readonly alerts: readonly { type: string; subject: string; severity: string; since: Date }[];
  readonly alertsOpen: number;
  readonly reconciliation: { mode: string; status: string; finishedAt: Date; open: number } | null;
  readonly heads: readonly { engineId: string; name: string; batchSeq: string; hash: string }[];
  readonly summary: { type: string; content: string } | null;
}

/** What a digest says: the text and the HTML are made of this alone, so that they have the same numbers. */
export function digestContent(facts: DigestFacts): Digest {
  const { now, before, date, timeZone, frequency, period } = facts;
  const [total, totalBefore] = [now.succeeded + now.failed, before.succeeded + before.failed];
  const timed = now.latency.reduce((sum, n) => sum + n, 0);
  const bound = (share: number) => {
    const ms = latencyBound(now.latency, share);
    return timed === 0 ? '–' : ms === null ? 'above all bounds' : `< ${grouped(ms)} ms`;
  };
  const span = `${period.from.toISOString()} to ${period.to.toISOString()}`;
  const isOver = now.closed ? '' : ' The period is not over, or not all of it is closed: the figures will grow.';
  return {
    title: `Smart Wallet: ${frequency === 'WEEKLY' ? 'the week up to' : ''} ${date}`.replace('  ', ' '),
    lead: `${date} in ${timeZone} (${span}).${isOver}`,
    sections: [
      {
        title: 'Transactions',
        empty: '',
        rows: [
          ['', 'Now', 'Before'],
          ['All', grouped(total), grouped(totalBefore)],
          ['Succeeded', grouped(now.succeeded), grouped(before.succeeded)],
          ['Refused', grouped(now.failed), grouped(before.failed)],
          ['Success', percent(now.succeeded, total), percent(before.succeeded, totalBefore)],
        ],
      },
      {
        title: 'Money moved',
        empty: 'No money was moved.',
        rows: [
          ['Kind', 'Transactions', 'Amount'],
          ...now.money.map(({ kind, currency, count, sum }) => [kind, grouped(count), money(sum, currency)]),
        ],
      },
      {
        title: 'Latency',
        empty: '',
        rows: [
          ['', `Target: 99 % within ${slaMs} ms`],
          ['Half of them', bound(0.5)],
          ['95 %', bound(0.95)],
          ['99 %', bound(0.99)],
          [`Below ${slaMs} ms`, percent(countBelow(now.latency, slaMs), timed)],
        ],
      },
      {
        title: 'Refusals',
        empty: 'Nothing was refused.',
        rows: [
          ['Code', 'Now', 'Before'],
          ...[...now.byCode]
            .slice(0, rowsMax)
            .map(([code, count]) => [code, grouped(count), grouped(before.byCode.get(code) ?? 0)]),
        ],
      },
      {
        title: 'Wallets that paid most',
        empty: facts.wallets === null ? 'Not told: there are too many payments to look at.' : 'Nobody paid.',
        rows: [
          ['Wallet', 'Payments', 'Amount'],
          ...(facts.wallets ?? []).map(({ walletId, currency, count, sum }) => [
            walletId,
            grouped(count),
            money(sum, currency),
          ]),
        ],
      },
      {
        title: `Open alerts: ${grouped(facts.alertsOpen)}`,
        empty: 'None.',
        rows: [
          ['Alert', 'Severity', 'Since'],
          ...facts.alerts.map(({ type, subject, severity, since }) => [
            `${type} ${subject}`,
            severity,
            since.toISOString(),
          ]),
        ],
      },
      {
        title: 'Last reconciliation',
        empty: 'There was none.',
        rows: [
          ['Ended', 'Result', 'Open breaks'],
          ...(facts.reconciliation
            ? [
                [
                  facts.reconciliation.finishedAt.toISOString(),
                  `${facts.reconciliation.mode}: ${facts.reconciliation.status}`,
                  grouped(facts.reconciliation.open),
                ],
              ]
            : []),
        ],
      },
      {
        title: 'Heads of the chains: keep them, they bear witness',
        empty: 'No engine has committed anything.',
        rows: [
          ['Engine', 'Batch', 'Head'],
          ...facts.heads.map(({ engineId, name, batchSeq, hash }) => [`${name} ${engineId}`, batchSeq, hash]),
        ],
      },
      {
        title:
          facts.summary?.type === 'AI' ? 'Summary (UTC day, written by a model, figures by us)' : 'Summary (UTC day)',
        empty: 'There is none yet.',
        rows: [[''], ...(facts.summary ? [[facts.summary.content]] : [])],
      },
    ],
  };
}

/** Cut, never rounded up: 99.999 % is not all. */
function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const hundredths = (BigInt(part) * 10_000n) / BigInt(whole);
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')} %`;
}

function money(sum: bigint, currency: string): string {
  return `${groupedMoney(formatMoney(sum, currency))} ${currency}`;
}
