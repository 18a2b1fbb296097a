import { type ClosedSecond, liveHistorySeconds } from '@smart-wallet/engine/contract/live.js';

/**
 * The seconds held so far and those that came, in order, each once, at most `liveHistorySeconds` of them. Those already
 * held are passed over: a closed second never changes. Null when they leave a hole, which no figure may be built on.
 */
export function appendSeconds(
  held: readonly ClosedSecond[],
  came: readonly ClosedSecond[],
): readonly ClosedSecond[] | null {
  let last = held.at(-1)?.second;
  const added: ClosedSecond[] = [];
  for (const second of came) {
    if (last !== undefined && second.second <= last) continue;
    if (last !== undefined && second.second !== last + 1) return null;
    last = second.second;
    added.push(second);
  }
  return added.length === 0 ? held : [...held, ...added].slice(-liveHistorySeconds);
}

/** Reads a snapshot's history. Throws when it is not what the contract says. */
export function readHistory(history: ArrayBuffer | Uint8Array): ClosedSecond[] {
  const seconds: unknown = JSON.parse(new TextDecoder().decode(history));
  if (!Array.isArray(seconds)) throw new TypeError('the history is not a list');
  return seconds as ClosedSecond[];
}
