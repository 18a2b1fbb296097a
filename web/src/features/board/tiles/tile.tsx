import type { ReactNode } from 'react';
import { ageText } from '../../../figures/format.js';
import { Guard } from '../../../ui/guard.js';
import type { Severity } from '../../../ui/severity.js';
import { Mark } from '../../../ui/shape.js';
import type { Freshness } from '../store/freshness.js';

interface TileProps {
  name: string;
  title: ReactNode;
  /** Where in the console its rows are, as they are filtered there. */
  href?: string;
  /** Right of the title while the data is fresh: target, window. */
  aside?: ReactNode;
  freshness: Freshness;
  /** How badly it breaches its target; null: it does not. */
  breach?: Severity | null;
  children: () => ReactNode;
}

/** A tile in one of its states. What it shows is made only when there is data to show. */
export function Tile({ name, title, href, aside, freshness, breach = null, children }: TileProps) {
  const className = `tile tile-${name} ${breach ? `breach-${breach}` : ''}`;
  return (
    <section className={className} data-state={freshness.state} aria-labelledby={`${name}-title`}>
      <header className="tile-head">
        <h2 id={`${name}-title`}>
          {breach && <Mark severity={breach} />}
          {href ? (
            <a className="tile-link" href={href}>
              {title}
            </a>
          ) : (
            title
          )}
        </h2>
        <span className="tile-aside">{freshness.state === 'stale' ? `${ageText(freshness.ageMs)} old` : aside}</span>
      </header>
      <div className="tile-body">
        {freshness.state === 'loading' && <Skeleton />}
        {freshness.state === 'failed' && <Failed reason={freshness.reason} />}
        {(freshness.state === 'live' || freshness.state === 'stale') && (
          <Guard>
            <Content render={children} />
          </Guard>
        )}
      </div>
    </section>
  );
}

/** A component of its own, so that what goes wrong in it stays in its tile. */
function Content({ render }: { render: () => ReactNode }) {
  return render();
}

function Skeleton() {
  return (
    <div className="skeleton">
      <span className="sr-only">Loading</span>
      <i className="skeleton-figure" />
      <i className="skeleton-chart" />
    </div>
  );
}

export function Failed({ reason }: { reason: string }) {
  return (
    <div className="message">
      <p>No figures yet</p>
      <p className="detail">{reason}</p>
    </div>
  );
}

/** Nothing to show, and what would fill it. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="message">
      <p>{children}</p>
      {action && <p className="detail mono">{action}</p>}
    </div>
  );
}
