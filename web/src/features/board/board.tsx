import { useEffect, useSyncExternalStore } from 'react';
import { ScreenLag } from '../../live/screen-lag.js';
import type { BoardStore, BoardView } from './store/board-store.js';
import './board.css';
import { useBurnInShift } from './burn-in.js';
import { Overlays } from './details/overlays.js';
import { PartitionsTile } from './partitions/partitions-tile.js';
import { PhoneBoard } from './phone/phone-board.js';
import { personView } from './store/person-view.js';
import { LatencyTile } from './tiles/latency-tile.js';
import { MovedTile } from './tiles/moved-tile.js';
import { PaymentsTile } from './tiles/payments-tile.js';
import { PersonTile, tickerRowsBeside } from './tiles/person-tile.js';
import { Strip } from './tiles/strip.js';
import { SuccessTile } from './tiles/success-tile.js';
import { TickerTile } from './tiles/ticker.js';
import { VerdictBar } from './tiles/verdict-bar.js';
import { useNarrow } from './use-narrow.js';

const screenLag = new ScreenLag();

export function Board({ store }: { store: BoardStore }) {
  const view = useSyncExternalStore(store.subscribe, store.view);
  const narrow = useNarrow();
  useEffect(() => {
    const committedAtMs = view.frame && store.takeNewCommit();
    // A hidden page is not painted: its lag would be the time it was hidden.
    if (committedAtMs !== null && !document.hidden) screenLag.rendered(committedAtMs);
  }, [store, view]);
  return (
    <>
      {narrow ? <PhoneBoard view={view} /> : <WallBoard view={view} />}
      <Overlays view={view} />
    </>
  );
}

function WallBoard({ view }: { view: BoardView }) {
  const shift = useBurnInShift();
  const person = personView(view);
  const tickerRows = tickerRowsBeside(person);
  return (
    <main className="board" style={{ translate: shift }}>
      <VerdictBar view={view} />
      <PaymentsTile view={view} />
      <SuccessTile view={view} />
      <LatencyTile view={view} />
      <div className="board-left" data-ticker-rows={tickerRows}>
        {person && <PersonTile person={person} />}
        {tickerRows > 0 && <TickerTile view={view} />}
      </div>
      <MovedTile view={view} />
      <PartitionsTile view={view} />
      <Strip view={view} />
    </main>
  );
}
