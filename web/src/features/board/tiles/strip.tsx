import type { ReactNode } from 'react';
import { countText, durationText, shortCount, shortId } from '../../../figures/format.js';
import { byCount } from '../../../figures/sum.js';
import type { Severity } from '../../../ui/severity.js';
import { Mark } from '../../../ui/shape.js';
import type { BoardView } from '../store/board-store.js';
import { breachOf } from '../store/breach.js';
import { engineFreshness, type Freshness, frameFreshness } from '../store/freshness.js';

/** What is apart from the ledger's figures: payments not taken in, payments waiting, commits that came too late. */
export function Strip({ view }: { view: BoardView }) {
  const { notAccepted = new Map<string, number>(), oldestWaitingMs = null, fencedCalls = 0 } = view.figures ?? {};
  const refused = [...notAccepted.values()].reduce((sum, count) => sum + count, 0);
  return (
    <>
      <Vital
        name="not-accepted"
        label="Not accepted"
        freshness={frameFreshness(view)}
        breach={breachOf(view, 'NOT_ACCEPTED')}
        title={notAcceptedTitle(view)}
        note={refused > 0 && <NotAcceptedNote view={view} />}
      >
        {countText(refused)}
      </Vital>
      <Vital
        name="waiting"
        label="Oldest waiting"
        freshness={engineFreshness(view)}
        breach={breachOf(view, 'WAITING')}
        title="Age of the oldest payment that has no answer yet"
      >
        {oldestWaitingMs === null ? 'none' : durationText(oldestWaitingMs)}
      </Vital>
      <Vital
        name="late-commits"
        label="Late commits"
        freshness={engineFreshness(view)}
        title="Calls the database refused because the partition had a new owner: nothing was written"
        note={fencedCalls > 0 && <span>all refused</span>}
      >
        {countText(fencedCalls)}
      </Vital>
    </>
  );
}

interface VitalProps {
  name: string;
  label: string;
  title: string;
  freshness: Freshness;
  breach?: Severity | null;
  note?: ReactNode;
  children: ReactNode;
}

function Vital({ name, label, title, freshness, breach = null, note, children }: VitalProps) {
  const known = freshness.state === 'live' || freshness.state === 'stale';
  return (
    <section
      className={`tile vital ${breach ? `breach-${breach}` : ''}`}
      data-state={freshness.state}
      title={title}
      aria-label={label}
    >
      {breach && <Mark severity={breach} />}
      <h2>{label}</h2>
      {note && <p className="vital-note detail">{note}</p>}
      <p className="vital-figure" data-testid={name}>
        {known ? children : '\u2013'}
      </p>
    </section>
  );
}

/** In short: by status, and where. The codes stand in the verdict, in the tile's title and in the details. */
function NotAcceptedNote({ view }: { view: BoardView }) {
  const unknown = view.figures?.notAccepted.get('OUTCOME_UNKNOWN') ?? 0;
  const unavailable = [...(view.figures?.notAccepted.values() ?? [])].reduce((sum, count) => sum + count, 0) - unknown;
  const statuses = [unavailable > 0 && `503: ${shortCount(unavailable)}`, unknown > 0 && `504: ${shortCount(unknown)}`];
  const concerned = (view.frame?.gateways ?? []).filter(({ notAccepted }) =>
    Object.values(notAccepted).some((count) => count > 0),
  );
  const [first] = concerned;
  return (
    <>
      <span>{statuses.filter(Boolean).join(', ')}</span>
      <span>{first && concerned.length === 1 ? shortId(first.gatewayId) : `${concerned.length} gateways`}</span>
    </>
  );
}

function notAcceptedTitle({ figures, frame }: BoardView): string {
  const byCode = byCount(figures?.notAccepted ?? new Map()).map(([code, count]) => `${code} ${count}`);
  const byGateway = (frame?.gateways ?? []).map(
    ({ gatewayId, notAccepted }) => `${gatewayId} ${Object.values(notAccepted).reduce((sum, count) => sum + count, 0)}`,
  );
  const what = '503 and 504 in the last minute: never committed, so in no other figure';
  return [what, byCode.join(', '), byGateway.join(', ')].filter(Boolean).join('. ');
}
