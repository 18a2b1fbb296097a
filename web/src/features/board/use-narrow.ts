import { useSyncExternalStore } from 'react';

/** A phone, or a window like one: the wall's grid would be too small to read there. */
const query = '(max-width: 760px), (max-aspect-ratio: 1/1)';

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

function subscribe(changed: () => void): () => void {
  const list = matchMedia(query);
  list.addEventListener('change', changed);
  return () => list.removeEventListener('change', changed);
}
