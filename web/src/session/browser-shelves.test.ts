import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Shelf } from './session.js';

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllGlobals());

test('a tab is kept in the session storage, a kiosk in the local one', async () => {
  const [sessionStorage, localStorage] = [storage(), storage()];
  vi.stubGlobal('window', { sessionStorage, localStorage });
  const { browserShelves } = await import('./browser-shelves.js');
  browserShelves.tab.setItem('key', 'tab');
  browserShelves.kiosk.setItem('key', 'kiosk');
  expect([sessionStorage.getItem('key'), localStorage.getItem('key')]).toEqual(['tab', 'kiosk']);
});

test('where storage is blocked, it is kept in memory for as long as the page stands', async () => {
  const blocked = () => {
    throw new DOMException('denied', 'SecurityError');
  };
  vi.stubGlobal('window', Object.defineProperty({ localStorage: null }, 'sessionStorage', { get: blocked }));
  const { browserShelves } = await import('./browser-shelves.js');
  for (const shelf of [browserShelves.tab, browserShelves.kiosk]) {
    expect(shelf.getItem('key')).toBeNull();
    shelf.setItem('key', 'value');
    expect(shelf.getItem('key')).toBe('value');
    shelf.removeItem('key');
    expect(shelf.getItem('key')).toBeNull();
  }
});

function storage(): Shelf {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}
