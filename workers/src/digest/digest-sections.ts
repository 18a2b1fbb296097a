import { formatMoney } from '@smart-wallet/engine/contract/money.js';
import type { Column, DigestFacts, Section } from './digest-content.js';
import { countBelow, type Figures, latencyBound } from './figures.js';
import { grouped, groupedMoney } from './grouped.js';
import { momentIn } from './reader-clock.js';

/** What is promised: such a share of the transactions stays below it. */
const sla = { ms: 200, share: 99n } as const;
/** Of a table; the digest stays below what mail readers cut. */
const rowsMax = 24;
const wordsCharsMax = 200;

/** All tables, what is looked at first on top. */
export function digestSections(facts: DigestFacts): Section[] {
  const written = summarySection(facts);
  const byModel = facts.summary?.type === 'AI';
  return [
    ...(byModel ? [written] : []),
    transactionsSection(facts),
    alertsSection(facts),
    reconciliationSection(facts),
    latencySection(facts),
    refusalsSection(facts),
    ...moneySections(facts),
    payersSection(facts),
    ...(byModel ? [] : [written]),
    headsSection(facts),
  ];
}

/** True where nothing was timed, too. */
export function slaIsMet({ latency }: Pick<Figures, 'latency'>): boolean {
  return BigInt(countBelow(latency, sla.ms)) * 100n >= BigInt(timed(latency)) * sla.share;
}

function transactionsSection({ now, before, frequency }: DigestFacts): Section {
  const [all, allBefore] = [now.succeeded + now.failed, before.succeeded + before.failed];
  const row = (name: string, n: number, m: number) => [name, grouped(n), grouped(m), change(n, m)];
  return {
    title: 'Transactions',
    columns: [words(''), ...compared(frequency)],
    empty: '',
    rows: [
      row('All', all, allBefore),
      row('Succeeded', now.succeeded, before.succeeded),
      row('Refused', now.failed, before.failed),
      ['Success rate', percent(now.succeeded, all), percent(before.succeeded, allBefore), ''],
    ],
  };
}

function alertsSection({ alerts, alertsOpen, timeZone }: DigestFacts): Section {
  return {
    title: `Open alerts: ${grouped(alertsOpen)}`,
    columns: [words('Alert'), words('About'), words('Severity'), words('Since')],
    empty: 'None.',
    rows: alerts.map(({ title, subject, severity, status, since }) => [
      ...[title, short(subject)],
      status === 'ACKNOWLEDGED' ? `${severity}, acknowledged` : severity,
      momentIn(timeZone, since),
    ]),
  };
}

function reconciliationSection({ reconciliation: last, timeZone }: DigestFacts): Section {
  return {
    title: 'Last reconciliation',
    columns: [words('Ended'), words('Extent'), words('Result'), number('Open breaks')],
    empty: 'There was none.',
    rows: last ? [[momentIn(timeZone, last.finishedAt), last.mode, last.status, grouped(last.open)]] : [],
  };
}

function latencySection({ now }: DigestFacts): Section {
  const all = timed(now.latency);
  const bound = (share: number) => {
    const ms = latencyBound(now.latency, share);
    return all === 0 ? '–' : ms === null ? 'above all bounds' : `< ${grouped(ms)} ms`;
  };
  return {
    title: 'Latency',
    columns: [words(''), number('')],
    empty: '',
    rows: [
      ['Half of the transactions', bound(0.5)],
      ['95 % of them', bound(0.95)],
      ['99 % of them', bound(0.99)],
      [`Below ${sla.ms} ms (target: ${sla.share} %)`, percent(countBelow(now.latency, sla.ms), all)],
    ],
  };
}

function refusalsSection({ now, before, frequency }: DigestFacts): Section {
  const codes = new Set([...now.byCode.keys(), ...before.byCode.keys()]);
  const rows = [...codes].map((code) => {
    const [n, m] = [now.byCode.get(code) ?? 0, before.byCode.get(code) ?? 0];
    return [code, grouped(n), grouped(m), change(n, m)];
  });
  return {
    title: 'Refusals by code',
    columns: [id('Code'), ...compared(frequency)],
    empty: 'Nothing was refused.',
    rows: bounded(rows, (more) => [`and ${grouped(more)} more codes`, '', '', '']),
  };
}

/** A table for each currency, those with most transactions first; the small ones share one. */
function moneySections({ now }: DigestFacts): Section[] {
  const groups = [...Map.groupBy(now.money, ({ currency }) => currency)];
  const count = ([, rows]: (typeof groups)[number]) => rows.reduce((sum, row) => sum + row.count, 0);
  groups.sort((a, b) => count(b) - count(a));
  const columns = [words('Kind'), number('Transactions'), number('Amount')];
  if (groups.length === 0) return [{ title: 'Money moved', columns, rows: [], empty: 'No money was moved.' }];
  const ownTablesMax = 6;
  const sections = groups.slice(0, ownTablesMax).map(([currency, rows]) => ({
    ...{ title: `Money moved in ${currency}`, columns, empty: '' },
    rows: rows.map(({ kind, count: n, sum }) => [inWords(kind), grouped(n), money(sum, currency)]),
  }));
  const others = groups
    .slice(ownTablesMax)
    .flatMap(([currency, rows]) =>
      rows.map(({ kind, count: n, sum }) => [`${inWords(kind)}, ${currency}`, grouped(n), money(sum, currency)]),
    );
  if (others.length === 0) return sections;
  const rest = bounded(others, (more) => [`and ${grouped(more)} more kinds and currencies`, '', '']);
  return [...sections, { title: 'Money moved in other currencies', columns, empty: '', rows: rest }];
}

function payersSection({ payers }: DigestFacts): Section {
  return {
    title: 'Wallets that paid most, by currency',
    columns: [id('Wallet'), number('Payments'), number('Amount')],
    empty: payers === null ? 'Not told: too many wallets paid.' : 'Nobody paid.',
    rows: bounded(
      (payers ?? []).map(({ walletId, currency, count, sum }) => [walletId, grouped(count), money(sum, currency)]),
      () => ['and those of more currencies', '', ''],
    ),
  };
}

function headsSection({ heads }: DigestFacts): Section {
  return {
    title: 'Heads of the chains: keep them, they bear witness',
    columns: [id('Engine'), number('Batch'), id('Head')],
    empty: 'No engine has committed anything.',
    rows: heads.map(({ engineId, name, batchSeq, hash }) => [`${short(name)} ${engineId}`, batchSeq, hash]),
  };
}

function summarySection({ summary }: DigestFacts): Section {
  const by = summary?.type === 'AI' ? ', in words of a model, figures by us' : '';
  return {
    title: summary ? `Summary of ${summary.date} (UTC)${by}` : 'Summary (UTC)',
    columns: [words('')],
    empty: 'There is none yet.',
    rows: summary ? [[summary.content]] : [],
  };
}

function compared(frequency: DigestFacts['frequency']): Column[] {
  const one = frequency === 'WEEKLY' ? 'week' : 'day';
  return [number(`This ${one}`), number(`The ${one} before`), number('Change')];
}

function bounded(rows: string[][], rest: (more: number) => string[]): string[][] {
  return rows.length <= rowsMax ? rows : [...rows.slice(0, rowsMax), rest(rows.length - rowsMax)];
}

function change(now: number, before: number): string {
  if (now === before) return '±0';
  return now > before ? `+${grouped(now - before)}` : `\u2212${grouped(before - now)}`;
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

/** `Payments` of `PAYMENT`. */
function inWords(kind: string): string {
  return `${kind.charAt(0)}${kind.slice(1).toLowerCase()}s`;
}

function timed(latency: readonly number[]): number {
  return latency.reduce((sum, n) => sum + n, 0);
}

function short(text: string): string {
  return text.length > wordsCharsMax ? `${text.slice(0, wordsCharsMax).toWellFormed()}…` : text;
}

const words = (name: string): Column => ({ name, is: 'words' });
const number = (name: string): Column => ({ name, is: 'number' });
const id = (name: string): Column => ({ name, is: 'id' });
