import type { ReactNode } from 'react';
import { useSigned } from '../../api/use-platform.js';
import { Notice } from './notice.js';

/** A page for some roles; the others are told whose it is, and nothing is asked for. */
export function OnlyFor({
  title,
  may,
  who,
  children,
}: {
  title: string;
  may: boolean;
  who: string;
  children: ReactNode;
}) {
  const { user } = useSigned();
  if (may) return children;
  return (
    <article className="sheet" aria-labelledby="closed-title">
      <header className="page-head">
        <h1 id="closed-title">{title}</h1>
      </header>
      <Notice title={`This page is for ${who}`} severity="unknown">
        You are signed in as {user.role}. Somebody who may can give you another role.
      </Notice>
    </article>
  );
}
