import type { CSSProperties } from 'react';
import { moneyText } from '../../../figures/money.js';
import { consoleOf } from '../console-links.js';
import type { BoardView } from '../store/board-store.js';
import { ledgerFreshness } from '../store/freshness.js';
import { Empty, Tile } from './tile.js';

const rowsMax = 5;
/** So few are set larger. */
const fewRows = 3;

export function MovedTile({ view }: { view: BoardView }) {
  return (
    <Tile
      name="moved"
      href={consoleOf('/transactions?status=SUCCESS')}
      title="Moved today"
      aside="UTC"
      freshness={ledgerFreshness(view)}
    >
      {() => <MovedRows view={view} />}
    </Tile>
  );
}

function MovedRows({ view }: { view: BoardView }) {
  const moved = view.figures?.movedToday;
  if (!moved) return <Empty>Adding up the day</Empty>;
  if (moved.size === 0) return <Empty action="POST /api/payments moves some">Nothing yet.</Empty>;
  const sums = [...moved];
  const rows = sums.slice(0, sums.length > rowsMax ? rowsMax - 1 : rowsMax).map(([currency, sum]) => ({
    currency,
    text: moneyText(sum, currency),
  }));
  const chars = Math.max(...rows.map((row) => row.text.length));
  return (
    <dl className={rows.length <= fewRows ? 'moved moved-few' : 'moved'} style={{ '--chars': chars } as CSSProperties}>
      {rows.map(({ currency, text }) => (
        <div key={currency} className="moved-row">
          <dt>{currency}</dt>
          <dd data-testid={`moved-${currency}`}>{text}</dd>
        </div>
      ))}
      {rows.length < sums.length && (
        <div className="moved-more detail">
          <dt>and {sums.length - rows.length} more</dt>
          <dd>press D</dd>
        </div>
      )}
    </dl>
  );
}
