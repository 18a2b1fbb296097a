import './overview.css';
import { NeedsPerson } from './needs-person.js';
import { PlatformNow } from './platform-now.js';
import { Today } from './today.js';
import { WallboardLink } from './wallboard-link.js';

/** In this order: what needs a person, is money moving, what is different from yesterday. */
export function OverviewPage() {
  return (
    <article className="sheet" aria-labelledby="overview-title">
      <header className="page-head">
        <h1 id="overview-title">Overview</h1>
        <WallboardLink />
      </header>
      <section aria-labelledby="person-title">
        <h2 id="person-title">Needs a person</h2>
        <NeedsPerson />
      </section>
      <section aria-labelledby="today-title">
        <h2 id="today-title">Today</h2>
        <Today />
      </section>
      <section aria-labelledby="platform-title">
        <h2 id="platform-title">The platform</h2>
        <PlatformNow />
      </section>
    </article>
  );
}
