import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { countText } from '../../figures/format.js';
import { ActionButton } from '../../ui/console/action-button.js';
import { Facts } from '../../ui/console/facts.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Money } from '../../ui/console/money.js';
import { ExportButton } from '../../ui/export/export-button.js';
import { readFile } from '../../ui/export/save-file.js';

interface Period {
  /** Of the first and of the last day, UTC. */
  readonly first: string;
  readonly last: string;
}

const dayMs = 86_400_000;

/** What went in and out of a wallet on some days, and that it adds up; all of it as a file. */
export function Statement({ id }: { id: string }) {
  const [period, setPeriod] = useState<Period | null>(null);
  const today = new Date().toISOString().slice(0, 10);
  const show = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [first, last] = [String(form.get('first')), String(form.get('last'))].toSorted() as [string, string];
    setPeriod({ first, last });
  };
  return (
    <>
      <form className="line-form" onSubmit={show}>
        <label className="field">
          <span>First day (UTC)</span>
          <input type="date" name="first" required defaultValue={`${today.slice(0, 7)}-01`} max={today} />
        </label>
        <label className="field">
          <span>Last day (UTC)</span>
          <input type="date" name="last" required defaultValue={today} max={today} />
        </label>
        <ActionButton type="submit">Show the statement</ActionButton>
      </form>
      {period && <Sums id={id} period={period} />}
    </>
  );
}

function Sums({ id, period: { first, last } }: { id: string; period: Period }) {
  const { platform, session, user } = useSigned();
  const range = { from: `${first}T00:00:00.000Z`, to: new Date(Date.parse(last) + dayMs).toISOString() };
  const query = useQuery({
    queryKey: ['wallet', id, 'statement', range.from, range.to],
    queryFn: ({ signal }) =>
      answered(platform.api.getStatement({ path: { id }, query: { ...range, limit: 1 }, signal })),
  });
  return (
    <Loaded query={query} what="the statement">
      {({ opening, closing, debits, credits, debitCount, creditCount, currency, closed }) => (
        <>
          <Facts
            facts={{
              Opening: <Money amount={opening} currency={currency} />,
              [`In (${countText(creditCount)})`]: <Money amount={credits} currency={currency} signed />,
              [`Out (${countText(debitCount)})`]: (
                <Money amount={`-${debits}`.replace(/^-(0+(\.0+)?)$/, '$1')} currency={currency} />
              ),
              Closing: <Money amount={closing} currency={currency} />,
            }}
          />
          <p className="muted">{closed ? 'The period is over: this never changes.' : 'The period is not over yet.'}</p>
          <div className="acts">
            <ExportButton
              what={`statement-${id}`}
              filterWords={`${first} to ${last}`}
              read={async (signal, onProgress) => {
                const token = await session.tokenOf(user.userId, null);
                const path = `/api/wallets/${id}/statement?${new URLSearchParams(range)}`;
                return readFile({ path, token, signal, onProgress });
              }}
            />
          </div>
        </>
      )}
    </Loaded>
  );
}
