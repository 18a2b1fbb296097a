import { withClient } from '@smart-wallet/local-stack/postgres-client.mjs';

/** What was committed in one second, as the ledger has it and as the board's table shows it. */
export interface SecondFigures {
  /** Unix time of its start. */
  second: number;
  paid: number;
  refused: number;
  byCode: Record<string, number>;
  /** Ten-thousandths in decimal digits, by currency. */
  moved: Record<string, string>;
}

/** From the transactions themselves, never from the sums that the engine keeps. Seconds in which nothing was committed are left out. */
export async function ledgerSeconds(databaseUrl: string): Promise<Map<number, SecondFigures>> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ second: number; code: string | null; currency: string; count: number; sum: string }>(
      `SELECT floor(extract(epoch FROM created_at))::int AS second, failure_code AS code, currency,
              count(*)::int AS count,
              coalesce(sum(amount) FILTER (WHERE sender_entry_no IS NOT NULL) * 10000, 0)::numeric(40, 0)::text AS sum
         FROM transactions
        GROUP BY 1, 2, 3`,
    ),
  );
  const seconds = new Map<number, SecondFigures>();
  for (const { second, code, currency, count, sum } of rows) {
    const figures = seconds.get(second) ?? noFigures(second);
    seconds.set(second, figures);
    if (code === null) {
      figures.paid += count;
      figures.moved[currency] = sum;
    } else {
      figures.refused += count;
      figures.byCode[code] = (figures.byCode[code] ?? 0) + count;
    }
  }
  return seconds;
}

/** One line for each second that the board shows otherwise than the ledger has it, or that is missing in its table. */
export function differences(board: readonly SecondFigures[], ledger: ReadonlyMap<number, SecondFigures>): string[] {
  const found: string[] = [];
  for (const [place, shown] of board.entries()) {
    const former = board[place - 1];
    if (former && shown.second !== former.second + 1) found.push(`${shown.second} stands after ${former.second}`);
    const [onBoard, inLedger] = [shown, ledger.get(shown.second) ?? noFigures(shown.second)].map(figuresText);
    if (onBoard !== inLedger) found.push(`board ${onBoard}, ledger ${inLedger}`);
  }
  return found;
}

export function totalOf(seconds: Iterable<SecondFigures>) {
  let [paid, refused] = [0, 0];
  const codes = new Set<string>();
  const currencies = new Set<string>();
  for (const second of seconds) {
    paid += second.paid;
    refused += second.refused;
    for (const code of Object.keys(second.byCode)) codes.add(code);
    for (const currency of Object.keys(second.moved)) currencies.add(currency);
  }
  return { paid, refused, codes: [...codes].sort(), currencies: [...currencies].sort() };
}

function noFigures(second: number): SecondFigures {
  return { second, paid: 0, refused: 0, byCode: {}, moved: {} };
}

function figuresText({ second, paid, refused, byCode, moved }: SecondFigures): string {
  const listed = (record: Record<string, unknown>) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([second, paid, refused, listed(byCode), listed(moved)]);
}
