import type { ClosedSecond } from '@smart-wallet/engine/contract/live.js';
import { memo } from 'react';
import { countText, durationText, utcTime } from '../../../figures/format.js';
import { moneyText } from '../../../figures/money.js';
import { percentile } from '../../../figures/percentile.js';
import { byCount, sumFigures } from '../../../figures/sum.js';

/** The charts' data, second by second, newest first: all the page holds, and final. */
export const SecondsTable = memo(function SecondsTable({ seconds }: { seconds: readonly ClosedSecond[] }) {
  return (
    <section>
      <h3>Closed seconds</h3>
      <table data-testid="closed-seconds">
        <thead>
          <tr>
            <th scope="col">UTC</th>
            <th scope="col">Done</th>
            <th scope="col">Refused</th>
            <th scope="col">By code</th>
            <th scope="col">p99</th>
            <th scope="col">Moved</th>
          </tr>
        </thead>
        <tbody>
          {seconds.toReversed().map((second) => (
            <SecondRow key={second.second} second={second} />
          ))}
        </tbody>
      </table>
    </section>
  );
});

/** A closed second never changes: its row is drawn once. */
const SecondRow = memo(function SecondRow({ second }: { second: ClosedSecond }) {
  const { latency, sumByCurrency, failuresByCode } = sumFigures([second]);
  const p99 = percentile(latency, 0.99);
  const sums = [...sumByCurrency].sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <tr data-second={second.second} data-succeeded={second.succeeded} data-failed={second.failed}>
      <th scope="row">{utcTime(second.second * 1_000)}</th>
      <td>{countText(second.succeeded)}</td>
      <td>{countText(second.failed)}</td>
      <td>
        {byCount(failuresByCode).map(([code, count]) => (
          <span key={code} className="cell-item" data-code={code} data-count={count}>
            {code} {countText(count)}
          </span>
        ))}
      </td>
      <td>{p99 && `${p99.atLeast ? '> ' : ''}${durationText(p99.ms)}`}</td>
      <td>
        {sums.map(([currency, sum]) => (
          <span key={currency} className="cell-item" data-currency={currency} data-sum={sum.toString()}>
            {moneyText(sum, currency)} {currency}
          </span>
        ))}
      </td>
    </tr>
  );
});
