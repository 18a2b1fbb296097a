import type { Shelf, Shelves } from './session.js';

/** The browser's storage; where it is blocked, memory. */
export const browserShelves: Shelves = {
  tab: shelf(() => window.sessionStorage),
  kiosk: shelf(() => window.localStorage),
};

function shelf(open: () => Storage): Shelf {
  try {
    const storage = open();
    storage.getItem('');
    return storage;
  } catch {
    const memory = new Map<string, string>();
    return {
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, value) => void memory.set(key, value),
      removeItem: (key) => void memory.delete(key),
    };
  }
}
