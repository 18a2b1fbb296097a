import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { Facts } from '../../ui/console/facts.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Money } from '../../ui/console/money.js';
import { LimitsAct } from './limits-act.js';

const everyMs = 5_000;

/** What bounds it, and what is left of it today. */
export function LimitsOf({ id }: { id: string }) {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['wallet', id, 'limits'],
    queryFn: ({ signal }) => answered(platform.api.getLimits({ path: { id }, signal })),
    refetchInterval: everyMs,
  });
  return (
    <Loaded query={query} what="its limits">
      {(limits) => {
        const { currency, creditLimit, perPayment, dailyOut, dailyIn, remaining, day } = limits;
        const bound = (limit: string | null, left?: string | null): ReactNode =>
          limit === null ? (
            <span className="muted">none</span>
          ) : (
            <>
              <Money amount={limit} currency={currency} />
              {left && (
                <span className="muted">
                  {', '}
                  <Money amount={left} currency={currency} /> left
                </span>
              )}
            </>
          );
        return (
          <>
            <Facts
              facts={{
                Credit: bound(creditLimit),
                'Per payment': bound(perPayment),
                'Out a day': bound(dailyOut, remaining.dailyOut),
                'In a day': bound(dailyIn, remaining.dailyIn),
              }}
            />
            <p className="muted">The day is {day}, UTC.</p>
            <div className="acts">
              <LimitsAct limits={limits} />
            </div>
          </>
        );
      }}
    </Loaded>
  );
}
