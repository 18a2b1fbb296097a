import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { Suspense, useEffect, useState } from 'react';
import { useSigned } from '../../api/use-platform.js';
import { FindDialog } from '../../features/find/find-dialog.js';
import { useWaiting } from '../../features/waiting/use-waiting.js';
import { shortCount } from '../../figures/format.js';
import { mayAct, mayConfigure } from '../../session/may.js';
import type { OpsSession } from '../../session/ops-session.js';
import { ActHost } from '../../ui/console/act.js';
import { ActionButton } from '../../ui/console/action-button.js';
import { switchSingleKeys, useSingleKeys } from '../../ui/console/single-keys.js';
import { Guard } from '../../ui/guard.js';
import { AwayNotice } from './away-notice.js';
import { type Page, pages } from './pages.js';

/** Around every page: the way to all others, with how much waits for a person, and the search. */
export function Shell() {
  const { session, user } = useSigned();
  const [isFinding, setFinding] = useState(false);
  const waiting = useWaiting();
  const hasKeys = useSingleKeys();
  const { pathname } = useLocation();
  const section = sectionOf(pathname);
  // Where the rail is a row, the place of this page in it may be out of sight.
  useEffect(() => {
    if (section) document.querySelector('.rail-link.active')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [section]);
  return (
    <ActHost>
      <div className="shell">
        <a className="skip" href="#page">
          Skip to the page
        </a>
        <nav className="rail" aria-label="Pages">
          <Link className="brand" to="/">
            Smart Wallet
          </Link>
          <ActionButton onPress={() => setFinding(true)} aria-keyshortcuts={hasKeys ? '/ Control+K' : 'Control+K'}>
            Search <kbd>{hasKeys ? '/' : 'Ctrl K'}</kbd>
          </ActionButton>
          <ul>
            {pages
              .filter(
                ({ isForActors, isForAdmins }) =>
                  (!isForActors || mayAct(user)) && (!isForAdmins || mayConfigure(user)),
              )
              .map((page) => (
                <li key={page.to}>
                  <RailLink page={page} count={page.waiting ? waiting[page.waiting] : null} />
                </li>
              ))}
          </ul>
          <div className="who">
            <Link to="/account" className="who-name" title="Your account">
              {user.name}
            </Link>
            <span className="muted">{user.role}</span>
            <KeysSwitch />
            <SignOut session={session} />
          </div>
        </nav>
        <main className="page" id="page" tabIndex={-1}>
          <AwayNotice />
          <Guard key={section}>
            <Suspense fallback={<p className="muted">Loading…</p>}>
              <Outlet />
            </Suspense>
          </Guard>
        </main>
        <FindDialog isOpen={isFinding} onOpenChange={setFinding} />
      </div>
    </ActHost>
  );
}

function KeysSwitch() {
  const isOn = useSingleKeys();
  return (
    <label className="check" title="/ searches, j and k walk the rows of a list">
      <input type="checkbox" checked={isOn} onChange={(event) => switchSingleKeys(event.target.checked)} />
      <span>Single-letter keys</span>
    </label>
  );
}

function SignOut({ session }: { session: OpsSession }) {
  const [hasFailed, setFailed] = useState(false);
  return (
    <>
      {hasFailed && <span role="alert">You are still signed in: the platform did not answer.</span>}
      <ActionButton onPress={async () => setFailed(!(await session.signOut()))}>Sign out</ActionButton>
    </>
  );
}

/** A row opens beside its list, which stays as it is. */
function sectionOf(pathname: string): string {
  return pages.find(({ to }) => to !== '/' && pathname.startsWith(to))?.to ?? '/';
}

function RailLink({ page: { to, label }, count }: { page: Page; count: number | null }) {
  return (
    <Link to={to as never} activeOptions={{ exact: to === '/', includeSearch: false }} className="rail-link">
      {label}
      {count !== null && count > 0 && (
        <span className="badge">
          {shortCount(count)}
          <span className="sr-only"> waiting</span>
        </span>
      )}
    </Link>
  );
}
