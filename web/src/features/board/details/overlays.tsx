import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import type { BoardView } from '../store/board-store.js';
import { Details } from './details.js';
import './overlays.css';

type Overlay = 'details' | 'keys';

/** What the keys open. The buttons that do the same show when someone comes close with a pointer or the tab key. */
export function Overlays({ view }: { view: BoardView }) {
  const [open, setOpen] = useState<Overlay | null>(null);
  const close = useCallback(() => setOpen(null), []);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'f' || event.key === 'F') toggleFullScreen();
      else if (event.key === 'd' || event.key === 'D') setOpen((now) => (now === 'details' ? null : 'details'));
      else if (event.key === '?') setOpen((now) => (now === 'keys' ? null : 'keys'));
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
  return (
    <>
      <nav className="close-up" aria-label="Board">
        <button type="button" onClick={() => setOpen('details')}>
          Details <kbd>D</kbd>
        </button>
        <button type="button" onClick={toggleFullScreen}>
          Full screen <kbd>F</kbd>
        </button>
        <button type="button" onClick={() => setOpen('keys')}>
          Keys <kbd>?</kbd>
        </button>
      </nav>
      {open === 'details' && (
        <Sheet title="Details" onClose={close}>
          <Details view={view} />
        </Sheet>
      )}
      {open === 'keys' && (
        <Sheet title="Keys" onClose={close}>
          <dl className="keys">
            <dt>
              <kbd>D</kbd>
            </dt>
            <dd>Details: every second of the last 15 minutes, sources, engines, gateways</dd>
            <dt>
              <kbd>F</kbd>
            </dt>
            <dd>Full screen, and back</dd>
            <dt>
              <kbd>?</kbd>
            </dt>
            <dd>These keys</dd>
            <dt>
              <kbd>Esc</kbd>
            </dt>
            <dd>Close</dd>
          </dl>
        </Sheet>
      )}
    </>
  );
}

interface SheetProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

function Sheet({ title, onClose, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="sheet" onClose={onClose} aria-labelledby="sheet-title">
      <header>
        <h2 id="sheet-title">{title}</h2>
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="sheet-body" tabIndex={0} aria-label={title}>
        {children}
      </section>
    </dialog>
  );
}

function toggleFullScreen(): void {
  const change = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  change.catch(() => {
    // A browser that does not allow it has said so itself.
  });
}
