/*
 * The display token comes in the address's fragment, which browsers never send, and leaves it at once: an address bar is
 * read by everyone in the room. It is kept for the tab, or with `?kiosk=1` for good, so that a screen that restarts shows
 * the board again.
 *
 * Gateways named in the address (`?gateways=`) get the token too. So they count only when the address brought the token as
 * well, or a person typed it in seeing them: a link alone must not be able to send a kept token elsewhere.
 */

export interface Session {
  token: string;
  /** Further gateways, besides the page's own origin. */
  gateways: readonly string[];
}

/** The part of Storage that is needed. */
export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface Shelves {
  /** Until the tab closes. */
  tab: Shelf;
  /** For good. */
  kiosk: Shelf;
}

export const shelfKey = 'smart-wallet.display';
export const tokenCharsMax = 4_096;
const gatewaysNamedMax = 8;

export interface Arrival {
  session: Session | null;
  kiosk: boolean;
  /** Gateways the address names, whether or not they count. */
  named: readonly string[];
  /** The address brought something that is no token. */
  badToken: boolean;
  /** The address without the token, when it held one. */
  cleanHref: string | null;
}

/** Reads the address, and what was kept. */
export function arrive(href: string, shelves: Shelves): Arrival {
  const url = new URL(href);
  const kiosk = url.searchParams.get('kiosk') === '1';
  const named = gatewaysNamed(url);
  const brought = tokenIn(url.hash);
  if (brought === null) return { session: kept(shelves, kiosk), kiosk, named, badToken: false, cleanHref: null };
  url.hash = '';
  const token = goodToken(brought);
  const session = token === null ? null : { token, gateways: named };
  if (session) keep(session, shelves, kiosk);
  return { session, kiosk, named, badToken: session === null, cleanHref: url.href };
}

export function keep(session: Session, shelves: Shelves, kiosk: boolean): void {
  shelves.tab.setItem(shelfKey, JSON.stringify(session));
  if (kiosk) shelves.kiosk.setItem(shelfKey, JSON.stringify(session));
}

/** Forgets a token that opens nothing, wherever it is kept, and no other: a kiosk's outlives what was tried in a tab. */
export function forget(shelves: Shelves, token: string): void {
  for (const shelf of [shelves.tab, shelves.kiosk]) {
    if (sessionOn(shelf)?.token === token) shelf.removeItem(shelfKey);
  }
}

/** At the end of a person's session: the board that was opened from the console is not the next one's. A kiosk's stays. */
export function forgetTab(shelves: Shelves): void {
  shelves.tab.removeItem(shelfKey);
}

/** A token as typed or pasted, or the whole address that holds one. Null when it is neither. */
export function readToken(text: string): string | null {
  return goodToken(tokenIn(text) ?? text.trim());
}

function goodToken(text: string): string | null {
  return /^[\x21-\x7e]+$/.test(text) && text.length <= tokenCharsMax ? text : null;
}

/** What follows `#token=`. A plus is a plus, for a fragment is no form; a per cent sign that escapes nothing is one too. */
function tokenIn(address: string): string | null {
  const found = /#(?:.*&)?token=([^&\s]*)/.exec(address)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return found;
  }
}

function kept(shelves: Shelves, kiosk: boolean): Session | null {
  return sessionOn(shelves.tab) ?? (kiosk ? sessionOn(shelves.kiosk) : null);
}

function sessionOn(shelf: Shelf): Session | null {
  const text = shelf.getItem(shelfKey);
  if (text === null) return null;
  try {
    const { token, gateways } = JSON.parse(text) as Partial<Session>;
    if (typeof token === 'string' && Array.isArray(gateways)) return { token, gateways };
  } catch {
    // Not ours, or torn: as good as none.
  }
  return null;
}

function gatewaysNamed(url: URL): string[] {
  const named = (url.searchParams.get('gateways') ?? '').split(',').map((part) => part.trim());
  return named.filter((part) => /^https?:\/\//.test(part) && URL.canParse(part)).slice(0, gatewaysNamedMax);
}
