/** What an engine says of itself in the list of live ones. */
export interface Standing {
  /** How many engines should be active, as this one was told; null: all, or it is of a version that does not say. */
  readonly enginesActive: number | null;
  /** Since when it is active without a break, milliseconds of Redis's clock; 0: it stands by. */
  readonly activeSinceMs: number;
}

/** A live engine. */
export interface Member extends Standing {
  readonly workerId: string;
}

/**
 * The engines that partitions are spread over; the other live ones stand by. Whoever has the same list comes to the same answer:
 *
 * - As many as the most that any of them was told. One that was not told, or knows of no such thing, counts on all: so while
 *   engines of different settings or versions run, each partition still has one desired owner, and no fewer than wanted.
 * - Who became active last comes first: an engine that was taken over, and comes back as if nothing had been, is behind the one
 *   that has its partitions now. Those that stand by follow, the longest running first. So nobody who joins, starts again or
 *   comes back pulls anything over, and where one dies or leaves the next one moves up.
 */
export function activeEngines(members: readonly Member[]): string[] {
  const ordered = [...members].sort(
    (a, b) => b.activeSinceMs - a.activeSinceMs || (a.workerId < b.workerId ? -1 : 1), // an id begins with the time of its start
  );
  return ordered.slice(0, activeCount(members)).map(({ workerId }) => workerId);
}

function activeCount(members: readonly Member[]): number {
  let most = 0;
  for (const { enginesActive } of members) {
    if (enginesActive === null) return members.length;
    most = Math.max(most, enginesActive);
  }
  return most;
}
