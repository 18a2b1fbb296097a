import { useQueryClient } from '@tanstack/react-query';
import { Fragment, type ReactNode, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { openPlatform } from '../../api/platform.js';
import { Silence } from '../../api/silence.js';
import { SignedContext } from '../../api/use-platform.js';
import type { OpsSession } from '../../session/ops-session.js';
import { SessionEndedDialog } from '../../session/session-ended-dialog.js';
import { SignInPage } from '../../session/sign-in-page.js';

const restoreAgainMs = 2_000;
const silence = new Silence();

/** The console for whoever signed in; else the page to sign in. */
export function SignedInOnly({ session, children }: { session: OpsSession; children: ReactNode }) {
  const state = useSyncExternalStore(session.subscribe, () => session.state);
  const isAway = useRestored(session);
  const user = 'user' in state ? state.user : null;
  const userId = user?.userId;
  const platform = useMemo(
    () => (userId === undefined ? null : openPlatform(session, userId, silence)),
    [session, userId],
  );
  const signed = useMemo(() => user && platform && { platform, session, silence, user }, [platform, session, user]);
  useForgotten(user?.userId ?? null);

  if (state.kind === 'RESTORING') {
    return (
      <main className="sign-in" aria-busy="true">
        <p role="status">{isAway ? 'The platform does not answer. It is asked again.' : 'Loading\u2026'}</p>
      </main>
    );
  }
  if (!signed) return <SignInPage session={session} />;
  return (
    <SignedContext value={signed}>
      <Fragment key={userId}>{children}</Fragment>
      {state.kind === 'ENDED' && <SessionEndedDialog session={session} user={state.user} />}
    </SignedContext>
  );
}

/** Goes on with an earlier session; whether nobody answers. */
function useRestored(session: OpsSession): boolean {
  const [isAway, setAway] = useState(false);
  useEffect(() => {
    let timer: number | undefined;
    const restore = () => {
      session.restore().catch(() => {
        setAway(true);
        timer = window.setTimeout(restore, restoreAgainMs);
      });
    };
    if (session.state.kind === 'RESTORING') restore();
    return () => clearTimeout(timer);
  }, [session]);
  return isAway;
}

/** What one person has read is not shown to the next. */
function useForgotten(userId: string | null): void {
  const queries = useQueryClient();
  const last = useRef(userId);
  useEffect(() => {
    if (last.current !== null && last.current !== userId) queries.clear();
    last.current = userId;
  }, [queries, userId]);
}
