import type { LiveRefusal } from '@smart-wallet/engine/contract/live.js';
import { useEffect, useState } from 'react';
import { LiveConnection } from '../../live/live-connection.js';
import type { Session } from '../../session/session.js';
import { Board } from './board.js';
import { BoardStore } from './store/board-store.js';

interface LiveBoardProps {
  session: Session;
  onRefused: (refusal: LiveRefusal) => void;
}

/** The wallboard on a connection of its own, for as long as the session lasts. */
export function LiveBoard({ session, onRefused }: LiveBoardProps) {
  const [store, setStore] = useState<BoardStore | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: one connection a session, whoever hears of its end
  useEffect(() => {
    const opened = new BoardStore(onRefused);
    const connection = new LiveConnection(session.token, [location.origin, ...session.gateways], opened);
    setStore(opened);
    return () => {
      connection.stop();
      opened.stop();
    };
  }, [session]);
  return store && <Board store={store} />;
}
