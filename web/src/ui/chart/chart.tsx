import { lazy, Suspense, useId, useState } from 'react';
import { ActionButton } from '../console/action-button.js';
import './chart.css';
import type { ChartProps } from './series.js';

/** What draws is large: it is one file, which is loaded where the first chart is, and is the wallboard's too. */
const Drawing = lazy(() => import('./drawing.js')) as <Point>(props: ChartProps<Point>) => React.ReactNode;

/** A chart, or the same as a table: whoever cannot read the one reads the other. */
export function Chart<Point>(props: ChartProps<Point>) {
  const [isTable, setTable] = useState(false);
  const captionId = useId();
  const { title, points, series, emptyWords } = props;
  const isEmpty = !points.some((point) => series.some(({ value }) => value(point) !== null));
  return (
    <figure className="plot" aria-labelledby={captionId}>
      <figcaption className="plot-caption">
        <span id={captionId}>{title}</span>
        {!isEmpty && (
          <ActionButton onPress={() => setTable(!isTable)} aria-pressed={isTable}>
            {isTable ? 'Chart' : 'Table'}
          </ActionButton>
        )}
      </figcaption>
      {isEmpty ? (
        <p className="plot-empty muted">{emptyWords}</p>
      ) : isTable ? (
        <PointTable {...props} />
      ) : (
        <div className="plot-area" role="img" aria-label={`${title}. ${summary(props)}`}>
          <Suspense fallback={<div className="plot-waiting" />}>
            <Drawing {...props} />
          </Suspense>
        </div>
      )}
    </figure>
  );
}

function PointTable<Point>({ title, points, series, at, atLabel, atWords }: ChartProps<Point>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no wheel scrolls it with the keys.
    <section className="plot-table" aria-label={`${title}, as a table`} tabIndex={0}>
      <table className="entries">
        <thead>
          <tr>
            <th scope="col">{atLabel}</th>
            {series.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={at(point)}>
              <td>{atWords(at(point))}</td>
              {series.map(({ label, value, words }) => (
                <td key={label}>{value(point) === null ? '\u2013' : words(point)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** First and last of each series: the rest is in the table. */
function summary<Point>({ points, series }: ChartProps<Point>): string {
  const lines = series.map(({ label, value, words }) => {
    const known = points.filter((point) => value(point) !== null);
    const [first, last] = [known[0], known.at(-1)];
    return first === undefined || last === undefined ? '' : `${label}: from ${words(first)} to ${words(last)}.`;
  });
  return `${lines.join(' ')} The table has all of it.`;
}
