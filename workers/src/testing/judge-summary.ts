import type pg from 'pg';

export interface StoredSummary {
  readonly type: string;
  readonly content: string;
  readonly facts: Readonly<Record<string, string>>;
}

const notOver = /^The day is not over, or not all of it is closed: these figures are of what was there\. /;
/** What a model may have no say in: how much, which way, whether. */
const claims =
  /\b(no|not|never|none|rose|fell|up|down|more|less|fewer|better|worse|twice|half|dozen|one|two|ten|twelve|hundred|forty|succeeded|failed|refused)\b/i;

/** What is wrong with a summary that was stored, by the ledger's transactions themselves; null: nothing. */
export async function wrongIn(summary: StoredSummary, database: pg.Pool, date: string): Promise<string | null> {
  const { rows } = await database.query<{
    status: string;
    code: string | null;
    kind: string;
    currency: string;
    n: number;
    sum: string;
  }>(
    `SELECT status::text, failure_code AS code, kind::text, currency, count(*)::int AS n, sum(amount)::numeric(30,2)::text AS sum FROM transactions
      WHERE (created_at AT TIME ZONE 'UTC')::date = $1 GROUP BY 1, 2, 3, 4`,
    [date],
  );
  const total = (of: typeof rows) => of.reduce((sum, { n }) => sum + n, 0);
  const figure = (name: string) => summary.facts[name]?.match(/[\d,.]+/)?.[0].replaceAll(',', '');
  const [good, bad] = [
    rows.filter(({ status }) => status === 'SUCCESS'),
    rows.filter(({ status }) => status === 'FAILED'),
  ];
  if (figure('succeeded') !== String(total(good))) return 'the fact of successes';
  if (figure('failed') !== String(total(bad))) return 'the fact of refusals';
  for (const { kind, currency, sum } of good.filter(({ kind }) => kind === 'PAYMENT' || kind === 'DEPOSIT')) {
    if (figure(`${kind}_${currency}`.toLowerCase()) !== sum) return `the money of ${kind}`;
  }
  const { succeeded = '?', failed = '?' } = summary.facts;
  if (!summary.content.toLowerCase().includes(succeeded.toLowerCase())) return 'successes are not told';
  if (!summary.content.toLowerCase().includes(failed.toLowerCase())) return 'refusals are not told';
  if (summary.type === 'FALLBACK') return null;
  let rest = summary.content.replace(notOver, '');
  for (const fact of Object.values(summary.facts).sort((a, b) => b.length - a.length)) rest = rest.replace(fact, '');
  if (/[^A-Za-z' ,.:;-]/.test(rest)) return `it has what no fact has: ${rest}`;
  return claims.test(rest) ? `it claims by itself: ${rest}` : null;
}
