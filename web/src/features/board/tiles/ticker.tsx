import type { LivePayment } from '@smart-wallet/engine/contract/live.js';
import { moneyText } from '../../../figures/money.js';
import { Arrow, Shape } from '../../../ui/shape.js';
import type { BoardView } from '../store/board-store.js';
import { frameFreshness } from '../store/freshness.js';
import { isOfHold, outcomeWord, receiverText, rowTitle, senderText, waitedText } from './payment-words.js';
import { Empty, Tile } from './tile.js';

/** A sample of what is committed, newest on top. */
export function TickerTile({ view }: { view: BoardView }) {
  return (
    <Tile name="ticker" title={<span className="sr-only">Latest payments</span>} freshness={frameFreshness(view)}>
      {() =>
        view.payments.length === 0 ? (
          <Empty action="POST /api/payments makes one">The next payment shows here.</Empty>
        ) : (
          <ol className="ticker">
            {view.payments.map((payment) => (
              <TickerRow key={payment.transactionId} payment={payment} />
            ))}
          </ol>
        )
      }
    </Tile>
  );
}

function TickerRow({ payment }: { payment: LivePayment }) {
  const failed = payment.status === 'FAILED';
  const ofHold = isOfHold(payment);
  const amount = moneyText(BigInt(payment.amount), payment.currency);
  return (
    <li
      className={`ticker-row${failed ? ' ticker-failed' : ''}${ofHold ? ' ticker-of-hold' : ''}`}
      data-transaction-id={payment.transactionId}
      title={rowTitle(payment)}
      style={{ '--chars': amount.length } as React.CSSProperties}
    >
      <Shape severity={failed ? 'warning' : 'good'} />
      <p className="ticker-amount">
        {amount} <span className="ticker-currency">{payment.currency}</span>
      </p>
      <p className="ticker-parties detail">
        <span className="ticker-party">{senderText(payment)}</span>
        <span className="ticker-party">
          {ofHold ? 'for ' : <Arrow />}
          {receiverText(payment)}
        </span>
      </p>
      <p className="ticker-outcome detail">
        <span>{outcomeWord(payment)}</span>
        <span>{waitedText(payment)}</span>
      </p>
    </li>
  );
}
