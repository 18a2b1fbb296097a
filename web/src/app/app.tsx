import type { LiveRefusal } from '@smart-wallet/engine/contract/live.js';
import { useEffect, useState } from 'react';
import { LiveBoard } from '../features/board/live-board.js';
import { browserShelves } from '../session/browser-shelves.js';
import { type Arrival, arrive, forget, keep } from '../session/session.js';
import { badTokenText, refusalText, TokenPage } from '../session/token-page.js';

export function App() {
  const [arrival, setArrival] = useState(readArrival);
  const [refusal, setRefusal] = useState<LiveRefusal | null>(null);
  const { session, kiosk, named, badToken } = arrival;
  useEffect(() => {
    // A new token pasted into the address of this page does not reload it.
    const changed = () => {
      if (!location.hash) return;
      setRefusal(null);
      setArrival(readArrival());
    };
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  if (session) {
    const onRefused = (reason: LiveRefusal) => {
      forget(browserShelves, session.token);
      setRefusal(reason);
      setArrival((before) => ({ ...before, session: null }));
    };
    return <LiveBoard session={session} onRefused={onRefused} />;
  }
  const onToken = (token: string) => {
    const typed = { token, gateways: named };
    keep(typed, browserShelves, kiosk);
    setRefusal(null);
    setArrival((before) => ({ ...before, session: typed }));
  };
  const reason = refusal ? refusalText(refusal) : badToken ? badTokenText : null;
  return <TokenPage key={reason} reason={reason} gateways={named} onToken={onToken} />;
}

/** The token leaves the address as soon as it is read. */
function readArrival(): Arrival {
  const arrival = arrive(location.href, browserShelves);
  if (arrival.cleanHref) history.replaceState(history.state, '', arrival.cleanHref);
  return arrival;
}
