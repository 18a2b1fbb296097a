import { useEffect, useState } from 'react';
import { utcTime } from '../../../figures/format.js';
import { severityWord } from '../../../ui/severity.js';
import { Shape } from '../../../ui/shape.js';
import type { BoardView } from '../store/board-store.js';

/** Longer sentences are set smaller, on two lines. */
const largeCharsMax = 30;

export function VerdictBar({ view }: { view: BoardView }) {
  const { rule, severity, sentence } = view.verdict;
  useEffect(() => {
    document.title = `${view.announced} \u00b7 Smart Wallet`;
  }, [view.announced]);
  return (
    <header className={`verdict verdict-${severity}`} data-testid="verdict" data-rule={rule} data-severity={severity}>
      <Shape severity={severity} />
      <h1 className={sentence.length > largeCharsMax ? 'verdict-long' : 'verdict-short'}>
        <span className="sr-only">{severityWord(severity)}: </span>
        <span data-testid={rule === 'NOT_CONNECTED' || rule === 'NO_DATA' ? 'stale' : undefined}>{sentence}</span>
      </h1>
      <div className="verdict-side">
        <p className="detail">{view.about?.environment ?? '\u00a0'}</p>
        <Clock offsetMs={view.clockOffsetMs} />
      </div>
      <p className="sr-only" role="status">
        {severityWord(severity)}: {view.announced}
      </p>
    </header>
  );
}

/** The platform's time, not that of a screen nobody has set. */
function Clock({ offsetMs }: { offsetMs: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const tick = () => {
      setNow(Date.now());
      timer = setTimeout(tick, 1_000 - ((Date.now() + offsetMs) % 1_000));
    };
    tick();
    return () => clearTimeout(timer);
  }, [offsetMs]);
  return (
    <p className="clock">
      <time>{utcTime(now + offsetMs)}</time> <span className="unit">UTC</span>
    </p>
  );
}
