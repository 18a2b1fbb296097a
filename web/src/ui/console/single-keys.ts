import { useSyncExternalStore } from 'react';

/*
 * Keys without Ctrl that do something: `/`, `j`, `k`. Who speaks to the machine, or leans on its keys, switches them off, in this
 * browser; Ctrl-K, the arrows and Enter stay.
 */

const shelf = 'console.single-keys';
const listeners = new Set<() => void>();

export function areSingleKeysOn(): boolean {
  try {
    return localStorage.getItem(shelf) !== 'off';
  } catch {
    return true;
  }
}

export function switchSingleKeys(isOn: boolean): void {
  try {
    localStorage.setItem(shelf, isOn ? 'on' : 'off');
  } catch {
    // A browser that keeps nothing keeps them on.
  }
  for (const listener of listeners) listener();
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, areSingleKeysOn);
}
