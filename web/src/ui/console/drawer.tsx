import { Link, useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import { isForPage } from '../list/list-keys.js';

/** A row's page beside its list, at an address of its own. Escape closes it. */
export function Drawer({ title, backTo, children }: { title: string; backTo: string; children: ReactNode }) {
  const navigate = useNavigate();
  const heading = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another row's page has another title, and is read from its head.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [title]);
  const close = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isForPage(event)) return;
    void navigate({ to: backTo as never, search: true as never });
  });
  // The keys that walk the list take the focus out of it.
  useEffect(() => {
    const heard = (event: KeyboardEvent) => close(event);
    document.addEventListener('keydown', heard);
    return () => document.removeEventListener('keydown', heard);
  }, []);
  return (
    <aside className="drawer" aria-label={title}>
      <header className="drawer-head">
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <Link to={backTo as never} search={true} className="drawer-close">
          Close
        </Link>
      </header>
      <div className="drawer-body">{children}</div>
    </aside>
  );
}
